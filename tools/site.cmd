@rem tools/site for Windows: go build looks for changes.
@go build -C "%~dp0.." -buildvcs=false "-gcflags=github.com/pulumi/pulumi-azure-native-sdk/...=-N -l -dwarf=false" -o .tools\site.exe . || exit /b 1
@"%~dp0..\.tools\site.exe" %*

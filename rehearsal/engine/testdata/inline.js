// Runs the program of this folder as an inline program of Pulumi's Automation API, which needs no language host: node inline.js up|destroy
const { LocalWorkspace } = require("@pulumi/pulumi/automation");

// Each preview and each up runs the program anew.
async function program() {
    const file = require.resolve("./bin/index.js");
    delete require.cache[file];
    return { ...require(file) };
}

async function main(command) {
    const stack = await LocalWorkspace.createOrSelectStack({ stackName: "plant-7", projectName: "plant-7", program }, { workDir: __dirname });
    await stack[command]({ onOutput: (text) => process.stdout.write(text) });
}

main(process.argv[2]).catch((err) => {
    console.error(err);
    process.exit(1);
});

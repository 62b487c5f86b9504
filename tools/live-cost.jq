# What Azure bills of a site, from `pulumi preview --json`: a line for each kind and size.
# Sources: the "pricing/details" pages of https://azure.microsoft.com, as of 2026.

def billed: {
  "compute:VirtualMachineScaleSet": "instance \(.inputs.sku.name), by the hour, and its disk",
  "network:NatGateway": "NAT gateway, by the hour and by what passes",
  "network:PublicIPAddress": "public IP address, by the hour",
  "network:LoadBalancer": "load balancer, by the hour and by what passes",
  "network:VirtualNetworkGateway": "gateway \(.inputs.sku.name), by the hour",
  "network:BastionHost": "Bastion host, by the hour",
  "network:VirtualNetworkPeering": "peering, by what passes",
  "network:FlowLog": "flow log, by what it records and Traffic Analytics reads",
  "storage:StorageAccount": "storage account, by what it holds",
  "operationalinsights:Workspace": "Log Analytics workspace, by what it takes in",
  "insights:MetricAlert": "alert rule, by the month",
  "insights:ScheduledQueryRule": "alert rule that asks the logs, by the month"
}[.kind];

def count: if .kind == "compute:VirtualMachineScaleSet" then .inputs.sku.capacity // 1 else 1 end;

[.steps[]
  | select(.op == "create" and (.newState.type | startswith("azure-native:")))
  | {kind: (.newState.type | split(":") | "\(.[1] | split("/")[0]):\(.[2])"), inputs: .newState.inputs}]
| map(. + {billed: billed, count: count})
| (map(select(.billed)) | group_by(.billed) | sort_by(.[0].billed | contains("by the hour") | not)[]
    | "  \(map(.count) | add) × \(.[0].billed)"),
  "  not in this list: \(map(select(.billed | not) | .kind | split(":")[1]) | unique | join(", "))"

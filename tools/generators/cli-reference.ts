import type { Command } from "commander";
import { buildProgram } from "../../operator/cli/commands.ts";
import { thisProcess } from "../../operator/cli/terminal.ts";

const HEAD = `<!-- Generated from operator/cli by \`make generate\`; never edit. -->

# The command line

\`scalable-app\` shows the releases of an app and asks the operator to move them. It needs Node.js 24 or newer. In a clone of this repository:

\`\`\`sh
npm ci
ln -s "$PWD/operator/cli/scalable-app.js" ~/.local/bin/scalable-app          # anywhere on the PATH
ln -s "$PWD/operator/cli/scalable-app.js" ~/.local/bin/kubectl-scalable_app   # the same as: kubectl scalable-app
\`\`\`

The operator's image holds it too:

\`\`\`sh
docker run --rm --user "$(id -u)" -v ~/.kube/config:/config:ro -e KUBECONFIG=/config --entrypoint scalable-app <operator image> status shop -n retail
\`\`\`

It finds the cluster and the namespace as kubectl does. \`status\` and \`history\` need the role \`view\` in the app's namespace, the verbs need \`edit\`; the chart extends
both to ScalableApps (\`rbac.userRoles\`). The exit status is 0 when all is well, 1 when something is refused, has failed or must be changed, and 2 when it was
not done in time.

A verb writes one annotation under the field manager \`scalable-app-cli\`, so GitOps tools leave it alone, waits for the operator's answer in \`status.requests\`, and prints
it. The same \`--id\` asks only once, however often the command runs: the recorded answer is printed again, as long as no other request of that verb came after it.

\`status --watch\` follows a release to its end, for pipelines:

\`\`\`sh
kubectl apply -f app.yaml && scalable-app status shop -n retail --watch --timeout 30m
\`\`\`

\`validate\` and \`render\` read a file as kubectl does: YAML 1.1 words for truth values (write \`"no"\` where you mean text), merge keys (\`<<: *anchor\`), several documents,
\`kind: List\`, null for an optional field. \`validate --strict\` also fails on what is valid and has no effect, for pipelines.

After a rollback it ends with 1: what the spec asks for is not what users get, until the spec is changed or \`retry\` is asked.
`;

/** The reference of the command line, as Markdown. */
export function cliReference(): string {
  const silent = { out: () => undefined, error: () => undefined };
  const { commands } = buildProgram(silent, thisProcess, () => undefined);
  return [HEAD, ...commands.map(section)].join("\n");
}

function section(command: Command): string {
  command.configureHelp({ helpWidth: 120 });
  return `## ${command.name()}\n\n\`\`\`text\n${command.helpInformation().trimEnd()}\n\`\`\`\n`;
}

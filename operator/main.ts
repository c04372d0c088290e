import { runManager } from "./manager/manager.ts";
import { OptionsError, parseOptions } from "./manager/options.ts";

try {
  const options = parseOptions(process.argv.slice(2), process.env);
  await runManager(options);
} catch (error) {
  if (!(error instanceof OptionsError)) throw error;
  if (error.exitCode !== 0) console.error(`scalable-app-operator: ${error.message}`);
  process.exitCode = error.exitCode;
}

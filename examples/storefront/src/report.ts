import { loadConfig, requireVariable } from "./config.ts";
import { openDatabase } from "./database.ts";
import { createLogger, runCommand } from "./log.ts";
import { tickOfRun } from "./report-tick.ts";
import { createStore } from "./store.ts";

const config = loadConfig(process.env);
const log = createLogger(config.identity, config.logLevel);

runCommand(log, async () => {
  const runId = requireVariable(process.env, "SCALABLEAPP_RUN_ID");
  const tick = tickOfRun(runId, new Date());
  const db = openDatabase({ url: config.databaseUrl, replicaUrls: [], name: `${config.identity.app}-report`, log });
  const first = await createStore(db).writeReport(runId, tick);
  log.info({ runId, tick, first }, first ? "report written" : "report was written by an earlier attempt");
  await db.close();
});

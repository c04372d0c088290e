import { contractOf } from "../plan/rollout/contract.ts";
import { verdict, type Report, type Verdict } from "./report.ts";

/** Says where the contract migration of the stable release stands; nothing where it has none. */
export function judgeContract({ plan, snapshot }: Pick<Report, "plan" | "snapshot">): readonly Verdict[] {
  const { release } = plan.decision;
  const { contract } = plan;
  const state = contractOf(release)?.state;
  if (state === "Succeeded") {
    const message = `the contract migration of release ${release.stable} has run; nothing returns to a release before it`;
    return [verdict("Contracted", true, "ContractSucceeded", message)];
  }
  if (contract === undefined) return [];
  const which = `the contract migration (Job ${contract.name}) of release ${release.stable}`;
  if (state === "Running") return [verdict("Contracted", false, "ContractRunning", `${which} runs; a new release waits for its end`)];
  if (state === "Failed")
    return [verdict("Contracted", false, "ContractFailed", `${which} failed${why(plan.contract, snapshot.contractLog)}`)];
  return [verdict("Contracted", false, "ContractWaiting", `${which} has not begun: ${contract.hold ?? "it is about to begin"}`)];
}

function why(contract: Report["plan"]["contract"], log: string | undefined): string {
  const reason = contract?.job.state === "failed" ? `: ${contract.job.why}` : "";
  const printed = log === undefined || log.trim() === "" ? "" : `; its last log lines: ${log.trim()}`;
  return `${reason}${printed}. The app serves on, but nothing returns to a release before it. Correct it and release again, or ask for another try: kubectl annotate sapp <name> scalableapp.dev/retry=<any new word> --overwrite`;
}

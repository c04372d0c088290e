/** The pods of each contender. */
export const replicas = 3;

/** Shares of the candidate on its way, in percent, and how long each lasts. */
export const steps: readonly { readonly weight: number; readonly pauseSeconds: number }[] = [
  { weight: 25, pauseSeconds: 10 },
  { weight: 50, pauseSeconds: 10 },
];

/** How long a release may be without progress. */
export const deadlineSeconds = 30;

/** Whether Docker Hub answers within the time given (default 5 seconds): its API refuses an anonymous caller with 401, which is an answer. */
export async function canReachDockerHub(timeoutMs = 5_000): Promise<boolean> {
  return fetch("https://registry-1.docker.io/v2/", { signal: AbortSignal.timeout(timeoutMs) }).then(
    (response) => response.status === 200 || response.status === 401,
    () => false,
  );
}

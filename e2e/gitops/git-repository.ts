import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";

/** A Git repository that Argo CD reads, and that a test commits to. */
export interface GitRepository {
  /** What Argo CD is given as repoURL; Git's own protocol is spoken over it. */
  readonly url: string;
  /** Writes files, by path, and pushes them to main; answers the revision. */
  commit(message: string, files: Readonly<Record<string, string>>): Promise<string>;
}

/** Nothing of this machine's Git settings may matter. */
const environment = {
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "a person",
  GIT_AUTHOR_EMAIL: "person@example.com",
  GIT_COMMITTER_NAME: "a person",
  GIT_COMMITTER_EMAIL: "person@example.com",
};

/** Makes an empty repository below a folder. */
export async function createGitRepository(folder: string): Promise<GitRepository> {
  const bare = join(folder, "apps.git");
  const copy = join(folder, "working-copy");
  const git = async (...args: string[]) => (await execa("git", args, { env: environment })).stdout;
  await git("init", "--quiet", "--bare", "--initial-branch=main", bare);
  await git("init", "--quiet", "--initial-branch=main", copy);
  return {
    url: `file://${bare}`,
    async commit(message, files) {
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(copy, path)), { recursive: true });
        await writeFile(join(copy, path), text);
      }
      await git("-C", copy, "add", "--all");
      await git("-C", copy, "commit", "--quiet", "--message", message);
      await git("-C", copy, "push", "--quiet", bare, "main");
      return git("-C", copy, "rev-parse", "HEAD");
    },
  };
}

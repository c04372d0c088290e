/* The process that holds a pod's namespaces: it sleeps, reaps orphans and ends when asked. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void quit(int number) { (void)number; _exit(0); }
static void reap(int number) { (void)number; while (waitpid(-1, 0, WNOHANG) > 0) {} }

int main(void) {
  signal(SIGTERM, quit);
  signal(SIGINT, quit);
  signal(SIGCHLD, reap);
  for (;;) pause();
}

import { startEmbeddedPostgres, type EmbeddedPostgres } from '@leat/control-plane/embedded-postgres'
import type { Log } from '@leat/engine'

const checkMs = 500

/**
 * Starts the embedded PostgreSQL again when it died: connections come back by themselves, because it keeps its port and password. Should
 * somebody else keep the port, `onMoved` is called: nobody who is connected finds the server any more.
 */
export function guardPostgres(
  first: EmbeddedPostgres,
  dataFolder: string,
  log: Log,
  onMoved: () => void,
): { readonly current: EmbeddedPostgres; stop(): Promise<void> } {
  let current = first
  let busy = false
  let checking: Promise<void> = Promise.resolve()
  const check = async (): Promise<void> => {
    if (isAlive(current.pid)) return
    busy = true
    log('error', 'database died', { pid: current.pid })
    try {
      current = await startEmbeddedPostgres(dataFolder)
      log('info', 'database restarted', { pid: current.pid, how: current.how })
      if (current.url !== first.url) {
        log('warn', 'database moved', { reason: 'another program has taken its port' })
        onMoved()
      }
    } catch (error) {
      log('error', 'database restart failed', { error: String(error) })
    }
    busy = false
  }
  const timer = setInterval(() => {
    if (!busy) checking = check()
  }, checkMs)
  return {
    get current() {
      return current
    },
    /** A restart that is under way comes to its end first, so that what it starts can be stopped. */
    async stop() {
      clearInterval(timer)
      await checking
    },
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

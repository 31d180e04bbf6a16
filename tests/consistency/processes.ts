import { readdir, readFile, readlink } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { isRunning } from '../../apps/server/test/server-process.ts'

/** SIGKILL; false when the process is gone already. */
export function kill(pid: number): boolean {
  try {
    return pid > 1 && process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}

/** Waits for the work, whatever becomes of it, but not longer than this. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  work.then(
    () => resolve(),
    () => resolve(),
  )
  await promise
  clearTimeout(timer)
}

/** Kills every process that belongs to a folder (Linux): it was started with the folder's name, or works inside of it. */
export async function endProcessesOf(folder: string): Promise<void> {
  for (let round = 0; round < 20; round++) {
    const pids = await processesOf(folder)
    if (pids.length === 0) return
    pids.forEach(kill)
    await pause(50)
  }
}

async function processesOf(folder: string): Promise<readonly number[]> {
  const all = (await readdir('/proc').catch(() => [])).map(Number).filter((pid) => pid > 1 && pid !== process.pid)
  const mine = await Promise.all(all.map(async (pid) => (await belongs(pid, folder)) && (await isRunning(pid))))
  return all.filter((_, index) => mine[index])
}

async function belongs(pid: number, folder: string): Promise<boolean> {
  const [command, environment, place] = await Promise.all([
    readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
    readFile(`/proc/${pid}/environ`, 'utf8').catch(() => ''),
    readlink(`/proc/${pid}/cwd`).catch(() => ''),
  ])
  return [command, environment, `${place}/`].some((text) => text.includes(`${folder}/`))
}

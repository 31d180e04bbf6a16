import { readFile } from 'node:fs/promises'

/** Process id and start time, so that a process that got the id of a dead one is not taken for it. The start time is 0 where it cannot be known. */
export async function ownerMark(pid = process.pid): Promise<string> {
  return `${pid}-${await startTime(pid)}`
}

/** False when the process that began `….<pid>-<start>` has ended. */
export async function ownerLives(name: string): Promise<boolean> {
  const [pid, started] = (name.split('.').at(-1) ?? '').split('-').map(Number)
  if (pid === undefined || started === undefined || !Number.isInteger(pid) || !isAlive(pid)) return false
  return started === 0 || (await startTime(pid)) === started
}

/** Field 22 of /proc/<pid>/stat: clock ticks since the machine started. */
async function startTime(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? 0)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

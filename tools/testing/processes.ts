import { readdir, readFile, readlink } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'

/**
 * Kills the process group of a test file, everything that descends from it, and everything that works on its folder for temporary files: a
 * server that was started in a session of its own is found by that. Gives the commands of those that it found (Linux; elsewhere only the
 * group is killed, and nothing told).
 */
export async function killFamily(leader: number, folder: string): Promise<readonly string[]> {
  const killed = new Map<number, string>()
  // A process may fork while the list is read: again, until nobody new is found.
  for (let round = 0; round < 20; round++) {
    const found = (await family(leader, folder)).filter(({ pid }) => !killed.has(pid))
    kill(-leader)
    for (const { pid, command } of found) {
      killed.set(pid, command)
      kill(pid)
    }
    if (found.length === 0) break
    await pause(20)
  }
  return [...killed.values()]
}

interface Process {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly command: string
}

async function family(leader: number, folder: string): Promise<readonly Process[]> {
  const names = await readdir('/proc').catch(() => [])
  const all = (
    await Promise.all(
      names
        .filter((name) => /^\d+$/.test(name))
        .map(Number)
        .map(look),
    )
  ).filter((one) => one !== null)
  const members = new Set([leader])
  const belongs = ({ parent, group, place, command }: Process & { readonly place: string }): boolean =>
    members.has(parent) || group === leader || place.startsWith(folder) || command.includes(folder)
  for (let size = 0; size !== members.size;) {
    size = members.size
    for (const one of all) if (one.pid !== process.pid && belongs(one)) members.add(one.pid)
  }
  return all.filter((one) => members.has(one.pid))
}

/** Null when it has ended, also when only its parent does not know yet. */
async function look(pid: number): Promise<(Process & { readonly place: string }) | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The name in parentheses may hold anything.
  const [state, parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (stat === '' || state === 'Z' || state === 'X') return null
  const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ').trim()
  const place = await readlink(`/proc/${pid}/cwd`).catch(() => '')
  return { pid, parent: Number(parent), group: Number(group), command, place }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

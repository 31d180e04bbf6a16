import { execFile } from 'node:child_process'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** What `postmaster.pid` says. https://www.postgresql.org/docs/18/storage-file-layout.html; lines as in src/include/utils/pidfile.h. */
export interface Postmaster {
  readonly pid: number
  readonly port: number
  readonly ready: boolean
}

const run = promisify(execFile)

export async function readPostmaster(cluster: string): Promise<Postmaster | null> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => null)
  const lines = text?.split('\n') ?? []
  const pid = Number(lines[0])
  if (!Number.isInteger(pid) || pid <= 0) return null
  return { pid, port: Number(lines[3] ?? 0), ready: lines[7]?.trim() === 'ready' }
}

/** True when a process with this number lives and is a PostgreSQL server (numbers are used again after a crash or in a new container). */
export async function looksLikePostgres(pid: number): Promise<boolean> {
  const command =
    process.platform === 'linux'
      ? await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      : await run('ps', ['-o', 'command=', '-p', String(pid)]).then(
          (done) => done.stdout,
          () => '',
        )
  return /postgres/.test(command)
}

/**
 * PostgreSQL refuses to start while the number in its pid file belongs to a live process of the same user, whatever that process is.
 * When it is certainly not PostgreSQL, the number (only) is replaced by one that cannot live, so that the file's other interlock,
 * the shared memory key that the children of a killed server still hold, stays in force.
 */
export async function releaseRecycledPid(cluster: string, stale: Postmaster): Promise<void> {
  const alive = await stat(`/proc/${stale.pid}`).then(
    () => true,
    () => process.platform !== 'linux',
  )
  if (!alive || (await looksLikePostgres(stale.pid))) return
  const file = join(cluster, 'postmaster.pid')
  const text = await readFile(file, 'utf8').catch(() => null)
  if (text?.split('\n')[0] !== String(stale.pid)) return
  await writeFile(file, text.replace(/^\d+/, '2147483646'))
}

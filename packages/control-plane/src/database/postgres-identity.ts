import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { Fault } from '@leat/connector-kit'

const run = promisify(execFile)

/** The user `nobody` of every Linux; exists without any administration. */
const nobody = 65534

/**
 * PostgreSQL refuses to run as root. This says as whom its programs run, and how they get there.
 * `prefix` goes before the program's command line; `uid` and `gid` go to `spawn`. A plain user needs neither.
 */
export interface PostgresIdentity {
  readonly owner: { readonly uid: number; readonly gid: number } | null
  readonly spawn: { readonly uid?: number; readonly gid?: number }
  readonly prefix: readonly string[]
}

/**
 * As root: the owner of an existing cluster, else of the data folder, else `nobody`. When that user cannot walk down to the
 * folders (a data folder or a checkout below /root, mode 0700), it is lent the one right to pass closed folders
 * (a Linux capability that allows to read and search, not to write); nothing outside the data folder is changed.
 */
export async function choosePostgresIdentity(folders: {
  readonly cluster: string
  readonly home: string
  readonly programs: string
}): Promise<PostgresIdentity> {
  if (process.getuid?.() !== 0) return { owner: null, spawn: {}, prefix: [] }
  const owner = (await ownerOf(folders.cluster)) ??
    (await ownerOf(folders.home)) ??
    (await ownerOf(dirname(folders.home))) ?? { uid: nobody, gid: nobody }
  if ((await reachable(folders.home, owner)) && (await reachable(folders.programs, owner)))
    return { owner, spawn: owner, prefix: [] }
  for (const capability of ['dac_read_search', 'dac_override']) {
    const prefix = [
      'setpriv',
      `--reuid=${owner.uid}`,
      `--regid=${owner.gid}`,
      '--clear-groups',
      `--inh-caps=+${capability}`,
      `--ambient-caps=+${capability}`,
      '--',
    ]
    if (await works([...prefix, 'test', '-r', folders.programs])) return { owner, spawn: {}, prefix }
  }
  throw new Fault({
    kind: 'config',
    code: 'database.unreachable_folder',
    message:
      `PostgreSQL must not run as root, and no other user can reach ${folders.home} or ${folders.programs} because a folder above is closed. ` +
      'Use a data folder that others can pass (LEAT_DATA=/var/lib/leat), start Leat as a plain user, or set DATABASE_URL.',
  })
}

async function ownerOf(path: string): Promise<{ uid: number; gid: number } | null> {
  const found = await stat(path).catch(() => null)
  return found && found.uid !== 0 ? { uid: found.uid, gid: found.gid } : null
}

/** True when `user` may search every folder from the root down to `path`. */
async function reachable(path: string, user: { uid: number; gid: number }): Promise<boolean> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const found = await stat(folder).catch(() => null)
    if (!found) return false
    const bit = found.uid === user.uid ? 0o100 : found.gid === user.gid ? 0o010 : 0o001
    if ((found.mode & bit) === 0) return false
    if (folder === dirname(folder)) return true
  }
}

async function works(command: readonly string[]): Promise<boolean> {
  const [program, ...rest] = command
  return run(program!, rest).then(
    () => true,
    () => false,
  )
}

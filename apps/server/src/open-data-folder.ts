import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Fault } from '@leat/connector-kit'
import type { Settings } from './settings.ts'

/** Makes the data folder and checks that it can be written to; sweeps what dead processes have left in its scratch folder. */
export async function openDataFolder(folder: string): Promise<void> {
  await usable(folder, 'The data folder', 'LEAT_DATA', '--data')
  await sweepScratch(join(folder, 'scratch'))
}

/** Makes the segment store, when it is a folder, and checks that it can be written to; one in a cloud is tried with a tiny object. */
export async function checkSegmentStore({ store, data }: Settings, signal: AbortSignal): Promise<void> {
  if (!store.includes('://')) return await usable(resolve(store), 'The segment store', 'LEAT_STORE', '--store')
  const { checkStore } = await import('@leat/engine')
  await checkStore({ url: store, cache: join(data, 'cache'), env: process.env }, signal)
}

async function usable(folder: string, what: string, field: string, flag: string): Promise<void> {
  try {
    await makeFolder(folder)
    const file = join(folder, `.leat-check-${process.pid}`)
    await writeFile(file, '')
    await rm(file)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    if (code === 'ENOSPC') return // told by whatever needs the room; work goes on when there is some
    const reason = reasons[code]
    throw new Fault({
      kind: 'config',
      code: field === 'LEAT_DATA' ? 'settings.data_folder' : 'settings.store_folder',
      field,
      message: `${what} ${folder} cannot be used (${reason === undefined ? code : `${code}: ${reason}`}). Make it writable, or set ${field} or ${flag} to another one.`,
    })
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EEXIST: 'a file is there',
  ENOENT: 'no folder or file can be made there',
  ENOTDIR: 'a part of the path is a file',
  EPERM: 'nothing can be made there',
  EROFS: 'the disk is read-only',
}

/** Node's own way to make a folder with those above it never ends where none can be made, as below /proc. */
async function makeFolder(folder: string): Promise<void> {
  if (await isFolder(folder)) return
  try {
    await mkdir(folder)
  } catch (error) {
    if (await isFolder(folder)) return // another process was faster
    const parent = dirname(folder)
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || (await isFolder(parent))) throw error
    await makeFolder(parent)
    await makeFolder(folder)
  }
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

async function sweepScratch(scratch: string): Promise<void> {
  for (const name of await readdir(scratch).catch(() => [])) {
    if (!isAlive(Number(name))) await rm(join(scratch, name), { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

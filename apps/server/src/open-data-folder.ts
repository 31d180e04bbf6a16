import { access, constants, mkdir, readdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Fault } from '@leat/connector-kit'

/** Makes the data folder and checks that it can be written to; sweeps what dead processes have left in its scratch folder. */
export async function openDataFolder(folder: string): Promise<void> {
  await usable(folder, 'The data folder', 'LEAT_DATA', '--data')
  await sweepScratch(join(folder, 'scratch'))
}

/** Makes the segment store, when it is a folder, and checks that it can be written to. One in the cloud is tried when it is first used. */
export async function openStoreFolder(store: string): Promise<void> {
  if (!store.includes('://')) await usable(resolve(store), 'The segment store', 'LEAT_STORE', '--store')
}

async function usable(folder: string, what: string, field: string, flag: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new Fault({
      kind: 'config',
      code: field === 'LEAT_DATA' ? 'settings.data_folder' : 'settings.store_folder',
      field,
      message: `${what} ${folder} cannot be used (${reason}). Make it writable, or set ${field} or ${flag} to another one.`,
    })
  }
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

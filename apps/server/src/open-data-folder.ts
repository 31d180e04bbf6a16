import { access, constants, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '@leat/connector-kit'

/** Makes the data folder and checks that it can be written to; sweeps what dead processes have left in its scratch folder. */
export async function openDataFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new Fault({
      kind: 'config',
      code: 'settings.data_folder',
      field: 'LEAT_DATA',
      message: `The data folder ${folder} cannot be used (${reason}). Make it writable, or set LEAT_DATA or --data to another one.`,
    })
  }
  await sweepScratch(join(folder, 'scratch'))
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

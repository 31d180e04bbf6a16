import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** Where installed peers are kept between runs: `LEAT_PEERS_CACHE`, else `.cache/peers` of the repository. */
export function cacheFolder(): string {
  return process.env['LEAT_PEERS_CACHE'] ?? path.join(import.meta.dirname, '../../.cache/peers')
}

/** Prints one line of progress. */
export type Say = (line: string) => void

export interface Recipe {
  readonly name: string
  /** Changes when another version, or another list of packages, is wanted. */
  readonly stamp: string
  /** Fills the empty folder. Throws an error whose message says what is missing. */
  install(folder: string, say: Say): Promise<void>
}

/**
 * The folder of an installed peer, installing it when it is not there in this version. Several processes may ask at
 * once: one installs, the others wait. A half-finished install is never taken for a finished one.
 */
export async function installed(recipe: Recipe, say: Say): Promise<string> {
  const folder = path.join(cacheFolder(), recipe.name)
  if (await isCurrent(folder, recipe)) return folder
  await mkdir(cacheFolder(), { recursive: true })
  const release = await lock(`${folder}.lock`, () => say(`${recipe.name}: another process is installing it, waiting`))
  try {
    if (await isCurrent(folder, recipe)) return folder
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true })
    const start = Date.now()
    say(`${recipe.name}: installing (${recipe.stamp.split('\n')[0]})`)
    await recipe.install(folder, say)
    // The stamp comes last and at once, so that a killed install leaves none.
    await writeFile(path.join(folder, '.stamp.new'), recipe.stamp)
    await rename(path.join(folder, '.stamp.new'), path.join(folder, '.stamp'))
    say(`${recipe.name}: installed in ${((Date.now() - start) / 1000).toFixed(0)} s`)
    return folder
  } finally {
    await release()
  }
}

async function isCurrent(folder: string, recipe: Recipe): Promise<boolean> {
  return (await readFile(path.join(folder, '.stamp'), 'utf8').catch(() => '')) === recipe.stamp
}

/** A lock file with the owner's process id; the lock of a process that is gone is taken over. */
async function lock(file: string, onWait: () => void): Promise<() => Promise<void>> {
  for (let attempt = 0; ; attempt++) {
    try {
      const handle = await open(file, 'wx')
      await handle.writeFile(String(process.pid))
      await handle.close()
      return () => rm(file, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      if (attempt === 1) onWait()
      const owner = Number(await readFile(file, 'utf8').catch(() => ''))
      // An empty file was just made; its owner writes its id in the next moment.
      if (owner > 0 && !isAlive(owner)) await rm(file, { force: true })
      else await delay(attempt < 10 ? 100 : 1000)
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

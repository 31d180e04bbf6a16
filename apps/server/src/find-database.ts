import { Fault } from '@leat/connector-kit'
import type { EmbeddedPostgres } from '@leat/control-plane/embedded-postgres'
import type { OpenDatabase } from '@leat/control-plane/work'
import type { Settings } from './settings.ts'

export interface FoundDatabase {
  readonly url: string
  /** Absent when DATABASE_URL names the database. */
  readonly embedded?: EmbeddedPostgres
}

/** The database that DATABASE_URL names, or the embedded one in the data folder, started or adopted. */
export async function findDatabase(settings: Settings): Promise<FoundDatabase> {
  if (settings.databaseUrl !== undefined) return { url: settings.databaseUrl }
  const { startEmbeddedPostgres } = await import('@leat/control-plane/embedded-postgres')
  const embedded = await startEmbeddedPostgres(settings.data)
  return { url: embedded.url, embedded }
}

/** One clear line instead of the driver's error; the password in the URL is never repeated. */
export async function checkReachable({ pool, url }: OpenDatabase): Promise<void> {
  try {
    await pool.query('select 1')
  } catch (error) {
    const { hostname, port, pathname } = new URL(url)
    const failure = error instanceof AggregateError ? error.errors[0] : error
    const reason = failure instanceof Error ? failure.message : String(failure)
    throw new Fault({
      kind: 'config',
      code: 'database.unreachable',
      field: 'DATABASE_URL',
      cause: error,
      message: `PostgreSQL at ${hostname}:${port || '5432'}${pathname} cannot be used: ${reason}. Check DATABASE_URL, or unset it to use the embedded database.`,
    })
  }
}

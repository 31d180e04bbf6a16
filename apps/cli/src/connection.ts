import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { AuthenticationError, NexlaClient } from '@leat/sdk'
import { UsageError } from './usage-error.ts'

/** Where the server is and how to get in, from flags first, then from the environment. */
export interface ConnectionOptions {
  readonly key?: string | undefined
  readonly url?: string | undefined
}

export type Environment = Readonly<Record<string, string | undefined>>

export function apiUrl({ url }: ConnectionOptions, env: Environment): string {
  const given = url ?? env.NEXLA_API_URL
  if (given) return given
  return `http://${reachableHost(env)}:${portOf(env) ?? 8787}/api`
}

/** LEAT_HOST as it stands in a URL. */
export function reachableHost(env: Environment): string {
  const host = env.LEAT_HOST?.trim() || '127.0.0.1'
  // An address to listen on is not always one to connect to.
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return reachable.includes(':') ? `[${reachable}]` : reachable
}

/** LEAT_PORT; undefined when it is not given. Throws `UsageError`. */
export function portOf(env: Environment): number | undefined {
  const given = env.LEAT_PORT?.trim()
  if (!given) return undefined
  if (/^\d{1,5}$/.test(given) && Number(given) <= 65_535) return Number(given)
  throw new UsageError(`LEAT_PORT "${given}" is not valid. Use a whole number from 0 to 65535.`)
}

/**
 * A client of the server. The key: `--key`, `NEXLA_SERVICE_KEY`, `NEXLA_ACCESS_TOKEN`, the file `service-key` of the data folder.
 * Throws `ConnectionError` when there is no key and no server either, `AuthenticationError` when there is only no key.
 */
export async function connect(options: ConnectionOptions, env: Environment): Promise<NexlaClient> {
  const base = { base_url: apiUrl(options, env), max_retries: 1, backoff_ms: 250 }
  const key = options.key ?? env.NEXLA_SERVICE_KEY
  if (key) return new NexlaClient({ ...base, service_key: key })
  if (env.NEXLA_ACCESS_TOKEN) return new NexlaClient({ ...base, access_token: env.NEXLA_ACCESS_TOKEN })
  const file = keyFile(env)
  const kept = readKey(file)
  if (kept) return new NexlaClient({ ...base, service_key: kept })
  await new NexlaClient({ ...base, access_token: 'none' }).call('get_openapi', {})
  throw new AuthenticationError(
    `No service key: give --key, set NEXLA_SERVICE_KEY, or set LEAT_DATA to the data folder of the server (there is none in ${file}).`,
  )
}

/** LEAT_DATA, or its default. */
export function dataFolder(env: Environment): string {
  return env.LEAT_DATA?.trim() || 'leat-data'
}

export function keyFile(env: Environment): string {
  return resolve(dataFolder(env), 'service-key')
}

function readKey(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim() || undefined
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new AuthenticationError(
      `The service key in ${file} cannot be read (${code}). Run as the user of the server, or give --key.`,
    )
  }
}

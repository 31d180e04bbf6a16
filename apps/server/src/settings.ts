import { availableParallelism } from 'node:os'
import { delimiter, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Fault, NetworkPolicy } from '@leat/connector-kit'

export type LogFormat = 'pretty' | 'json'
export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

/** The operating interface: flags of the same name win over the environment. */
export interface Settings {
  readonly command: 'start' | 'worker'
  /** `--data`, LEAT_DATA: absolute. */
  readonly data: string
  /** `--host`, LEAT_HOST. */
  readonly host: string
  /** `--port`, LEAT_PORT; 0 takes any free one. */
  readonly port: number
  /** `--database-url`, DATABASE_URL; absent: the embedded PostgreSQL in `data`. */
  readonly databaseUrl: string | undefined
  /** `--store`, LEAT_STORE: a folder or `s3://…`; default `<data>/segments`. */
  readonly store: string
  /** LEAT_MASTER_KEY. Not a flag: arguments of a process can be read by everyone on the machine. */
  readonly masterKey: string | undefined
  /** `--workers`, LEAT_WORKERS; `--no-worker` is 0. */
  readonly workers: number
  /** `--log`, LEAT_LOG. */
  readonly log: LogFormat | undefined
  readonly logLevel: LogLevel
  /** LEAT_LOCAL_FOLDERS, separated like PATH: absolute. Empty: local_file is off. */
  readonly localFolders: readonly string[]
  /** LEAT_LEASE_SECONDS: a worker that is silent for this long is taken for dead. */
  readonly leaseSeconds: number
  /** LEAT_PUBLIC_URL: how senders reach this server, without a slash at the end; absent: host and port. */
  readonly publicUrl: string | undefined
  /** LEAT_WORKER_MEMORY_MB: DuckDB's share of a worker's memory. */
  readonly workerMemoryMb: number
}

type Environment = Readonly<Record<string, string | undefined>>

const flags = {
  data: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  'database-url': { type: 'string' },
  store: { type: 'string' },
  workers: { type: 'string' },
  worker: { type: 'boolean' },
  log: { type: 'string' },
  'local-folders': { type: 'string' },
} as const

/** Throws a `config` fault that names the setting, the value and what is valid. */
export function readSettings(args: readonly string[], env: Environment): Settings {
  const [command, ...rest] = args
  if (command !== 'start' && command !== 'worker') throw wrong('command', command ?? '', 'Use start or worker.')
  const given = parse(rest)
  // LEAT_NETWORK_ALLOW and LEAT_NETWORK_DENY are read where sockets are made, in every process; a wrong one is told here, at the start.
  new NetworkPolicy(env)
  const data = resolve(given.data ?? text(env, 'LEAT_DATA') ?? './leat-data')
  const log = given.log ?? text(env, 'LEAT_LOG')
  const level = logLevels.find((name) => name === log)
  if (log !== undefined && log !== 'pretty' && log !== 'json' && level === undefined)
    throw wrong('LEAT_LOG', log, `Use pretty, json, or a level: ${logLevels.join(', ')}.`)
  return {
    command,
    data,
    host: given.host ?? text(env, 'LEAT_HOST') ?? '127.0.0.1',
    port: whole('LEAT_PORT', given.port ?? text(env, 'LEAT_PORT') ?? '8787', 0, 65_535),
    databaseUrl: databaseUrl(given['database-url'] ?? text(env, 'DATABASE_URL')),
    store: storePlace(given.store ?? text(env, 'LEAT_STORE')) ?? resolve(data, 'segments'),
    masterKey: text(env, 'LEAT_MASTER_KEY'),
    workers:
      given.worker === false
        ? 0
        : whole('LEAT_WORKERS', given.workers ?? text(env, 'LEAT_WORKERS') ?? String(availableParallelism()), 0, 256),
    log: log === 'pretty' || log === 'json' ? log : undefined,
    logLevel: level ?? 'info',
    localFolders: (given['local-folders'] ?? text(env, 'LEAT_LOCAL_FOLDERS') ?? '')
      .split(delimiter)
      .filter((folder) => folder !== '')
      .map((folder) => resolve(folder)),
    leaseSeconds: whole('LEAT_LEASE_SECONDS', text(env, 'LEAT_LEASE_SECONDS') ?? '15', 1, 3600),
    publicUrl: publicUrl(text(env, 'LEAT_PUBLIC_URL')),
    workerMemoryMb: whole('LEAT_WORKER_MEMORY_MB', text(env, 'LEAT_WORKER_MEMORY_MB') ?? '300', 64, 1_000_000),
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: flags, allowNegative: true, strict: true }).values
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw wrong(
      'flag',
      args.join(' '),
      `${reason} Flags: ${Object.keys(flags)
        .filter((flag) => flag !== 'worker')
        .map((flag) => `--${flag}`)
        .join(', ')}, --no-worker.`,
    )
  }
}

/** Empty means "not given", as in most shells' `VAR= command`. */
function text(env: Environment, name: string): string | undefined {
  return env[name]?.trim() || undefined
}

function whole(name: string, value: string, least: number, most: number): number {
  const number = Number(value)
  if (/^\d+$/.test(value) && number >= least && number <= most) return number
  throw wrong(name, value, `Use a whole number from ${least} to ${most}.`)
}

function publicUrl(value: string | undefined): string | undefined {
  if (value === undefined) return undefined
  const url = URL.parse(value)
  if (url !== null && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '')
    return url.href.replace(/\/+$/, '')
  throw wrong(
    'LEAT_PUBLIC_URL',
    value,
    'Use the address of this server as senders of webhooks reach it, such as https://leat.example.com.',
  )
}

/** Query parameters may hold keys: the message repeats nothing behind the question mark. */
function storePlace(value: string | undefined): string | undefined {
  if (value === undefined || !/^[a-z][a-z0-9+.-]*:/i.test(value) || /^(s3|gs|az):\/\/[^/?]+/.test(value)) return value
  throw wrong(
    'LEAT_STORE',
    value.replace(/\?.*/s, ''),
    'Use a folder, s3://bucket/prefix, gs://bucket/prefix or az://container/prefix.',
  )
}

/** The URL holds a password: the message must not repeat it. */
function databaseUrl(value: string | undefined): string | undefined {
  if (value === undefined || /^postgres(ql)?:\/\//.test(value)) return value
  throw new Fault({
    kind: 'config',
    code: 'settings.invalid',
    field: 'DATABASE_URL',
    message: 'DATABASE_URL is not a PostgreSQL address. Use postgres://user:password@host:5432/database.',
  })
}

function wrong(field: string, value: string, hint: string): Fault {
  return new Fault({
    kind: 'config',
    code: 'settings.invalid',
    field,
    message: `${field} "${value}" is not valid. ${hint}`,
  })
}

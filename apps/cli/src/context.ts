import { type Command, InvalidArgumentError, Option } from 'commander'
import type { NexlaClient } from '@leat/sdk'
import { apiUrl, connect, type ConnectionOptions, type Environment } from './connection.ts'
import { Output, type Streams } from './output.ts'

/** What commands get from outside. */
export interface World {
  readonly streams: Streams
  readonly env: Environment
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal
}

export interface ClientContext {
  readonly client: NexlaClient
  readonly output: Output
  readonly signal: AbortSignal
  readonly url: string
}

export interface ClientFlags extends ConnectionOptions {
  readonly json?: boolean
}

/** The flags of every command that talks to a server. */
export function clientFlags(command: Command): Command {
  return command
    .option('--json', 'print JSON')
    .option('--key <service-key>', 'service key (default: NEXLA_SERVICE_KEY, else the file service-key of LEAT_DATA)')
    .option('--url <api-url>', 'base URL of the API (default: NEXLA_API_URL, else http://LEAT_HOST:LEAT_PORT/api)')
}

export async function clientContext(flags: ClientFlags, world: World): Promise<ClientContext> {
  const output = new Output(world.streams, flags.json ?? false)
  return { client: await connect(flags, world.env), output, signal: world.signal, url: apiUrl(flags, world.env) }
}

/** Parser of a flag or an argument that is a positive integer. */
export function positive(text: string): number {
  if (!/^[1-9]\d{0,15}$/.test(text)) throw new InvalidArgumentError(`"${text}" is not a positive whole number.`)
  return Number(text)
}

export function numberFlag(flags: string, description: string, byDefault?: number): Option {
  const option = new Option(flags, description).argParser(positive)
  return byDefault === undefined ? option : option.default(byDefault)
}

/** The first `limit` items. */
export async function take<T>(items: AsyncIterable<T>, limit: number): Promise<T[]> {
  const taken: T[] = []
  if (limit <= 0) return taken
  for await (const item of items) {
    taken.push(item)
    if (taken.length >= limit) break
  }
  return taken
}

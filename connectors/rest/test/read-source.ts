import { requireConfig, type ConnectContext, type Json, type JsonObject, type Verdict } from '@leat/connector-kit'
import { rest } from '../src/rest.connector.ts'

export interface Reading {
  /** Text of each part. */
  readonly parts: readonly string[]
  readonly options: readonly (JsonObject | undefined)[]
  readonly checkpoints: readonly Json[]
  readonly notices: readonly string[]
  readonly origins: readonly string[]
  readonly verdict: Verdict | undefined
  readonly records: readonly unknown[]
}

export interface ReadOptions {
  readonly credentials?: JsonObject
  readonly checkpoint?: Json
  readonly since?: number
  readonly signal?: AbortSignal
  readonly lookup?: ConnectContext['lookup']
  readonly shared?: ConnectContext['shared']
  /** Ends the reading after so many parts. */
  readonly most?: number
}

/** Reads a source as the engine does: config normalised, one unit after the other, each part whole. */
export async function readSource(config: JsonObject, given: ReadOptions = {}): Promise<Reading> {
  const signal = given.signal ?? new AbortController().signal
  const driver = await rest.load()
  const credentials = requireConfig(rest.credentials!, undefined, given.credentials ?? {})
  await using connection = await driver.connect(credentials, {
    allowedFolders: [],
    signal,
    ...(given.lookup === undefined ? {} : { lookup: given.lookup }),
    ...(given.shared === undefined ? {} : { shared: given.shared }),
  })
  await using session = connection.source!(requireConfig(rest.source!.options, undefined, config))
  const parts: string[] = []
  const options: (JsonObject | undefined)[] = []
  const checkpoints: Json[] = []
  const notices: string[] = []
  const origins: string[] = []
  let verdict: Verdict | undefined
  for await (const unit of session.units({ signal, ...(given.since === undefined ? {} : { since: given.since }) })) {
    for await (const part of session.read(unit, { checkpoint: given.checkpoint ?? null, signal })) {
      parts.push(
        part.kind === 'rows'
          ? part.rows.map((row) => JSON.stringify(row)).join('\n')
          : Buffer.concat(await Array.fromAsync(part.open())).toString(),
      )
      options.push(part.kind === 'object' ? part.options : undefined)
      checkpoints.push(JSON.parse(JSON.stringify(part.checkpoint ?? null)) as Json)
      origins.push(part.origin)
      notices.push(...(part.notices ?? []))
      verdict = part.verdict
      if (parts.length >= (given.most ?? Number.POSITIVE_INFINITY)) break
    }
  }
  return {
    parts,
    options,
    checkpoints,
    notices,
    origins,
    verdict,
    records: parts.flatMap((part, at) => recordsIn(part, options[at])),
  }
}

/** Only what these tests use: the records of JSON pages at a plain path. */
function recordsIn(text: string, options: JsonObject | undefined): readonly unknown[] {
  if (text === '' || text.startsWith('<')) return []
  if (options?.['json.mode'] === 'row')
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as unknown)
  const document: unknown = JSON.parse(text)
  const names = String(options?.['json.path'] ?? '$')
    .split('.')
    .slice(1)
  const found = names.reduce<unknown>(
    (value, name) => (value as Record<string, unknown>)[name.replace('[*]', '')],
    document,
  )
  return Array.isArray(found) ? found : [found]
}

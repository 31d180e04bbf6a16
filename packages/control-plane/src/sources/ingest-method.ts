import type { Connector, SourceMode } from '@leat/connector-kit'
import { invalid } from '../http/problem.ts'

/** The public names of how records come in, and the modes of ours that each may mean, best first. */
const methods: Readonly<Record<string, readonly SourceMode[]>> = {
  POLL: ['poll'],
  BATCH: ['poll'],
  SCHEDULED: ['poll'],
  STREAMING: ['stream', 'push'],
  REAL_TIME: ['push', 'stream'],
}

/** `ingest_method` of a request as it is stored, or a 400 with the methods that this connector knows. */
export function requireIngestMethod(connector: Connector, given: string | null | undefined): string | null {
  if (given === null || given === undefined) return null
  const method = given.trim().toUpperCase()
  if (ingestMode(connector, method) !== undefined) return method
  const known = Object.keys(methods).filter((name) => ingestMode(connector, name) !== undefined)
  const what = Object.hasOwn(methods, method)
    ? `a source of type "${connector.type}" cannot do that`
    : 'there is no such method'
  throw invalid([
    {
      field: 'ingest_method',
      value: given,
      message: `"ingest_method" is "${given}": ${what}. Valid: ${known.join(', ')}; or leave it out.`,
    },
  ])
}

/** How a source is read; undefined when its connector cannot. Without a method: as its connector does by itself. */
export function ingestMode(connector: Connector | null | undefined, method: string | null): SourceMode | undefined {
  const modes = connector?.source?.modes ?? []
  if (method === null) return modes[0]
  return methods[method]?.find((mode) => modes.includes(mode))
}

/** The method that is shown for a source that was given none. */
export function usualMethod(connector: Connector | null | undefined): string {
  return connector?.source?.hosted === true ? 'REAL_TIME' : 'POLL'
}

import { Fault, type Unit } from '@leat/connector-kit'
import type { Log, SourceNode } from './ports.ts'

/** The units of work that a source has now, as a stream. */
export async function* listUnits(
  source: SourceNode,
  _ports: { readonly log: Log },
  since: number | null,
  signal: AbortSignal,
): AsyncGenerator<Unit> {
  await using connection = await source.connect(signal)
  if (connection.source === undefined)
    throw new Fault({
      kind: 'unsupported',
      code: 'source.not_readable',
      message: `"${source.type}" cannot be read from.`,
    })
  await using session = connection.source(source.options, source.mode)
  yield* session.units({ signal, ...(since === null ? {} : { since }) })
}

/** Units of one job at most: what one commit covers, and what a worker that died has to read again. */
const mostUnits = 2000
/** Units of the first job: whoever waits for the schema to be detected does not wait for thousands of files. */
const firstUnits = 100

/** Groups units into jobs: small ones together until `targetBytes` is reached, a big one alone. */
export async function* groupUnits(units: AsyncIterable<Unit>, targetBytes: number): AsyncGenerator<readonly Unit[]> {
  let group: Unit[] = []
  let bytes = 0
  let most = firstUnits
  for await (const unit of units) {
    if (group.length > 0 && (bytes + unit.bytes > targetBytes || group.length >= most)) {
      yield group
      most = mostUnits
      group = []
      bytes = 0
    }
    group.push(unit)
    bytes += unit.bytes
  }
  if (group.length > 0) yield group
}

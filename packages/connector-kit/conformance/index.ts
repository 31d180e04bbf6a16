import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import type { Connector } from '../src/index.ts'
import type { Conditions, Peer, Skip } from './conditions.ts'
import { connectionLaws } from './connection-laws.ts'
import type { Law } from './law.ts'
import { Report } from './report.ts'
import { schemaLaws } from './schema-laws.ts'
import { sinkLaws } from './sink-laws.ts'
import { sourceLaws } from './source-laws.ts'
import { Subject } from './subject.ts'
import { telemetryLaws } from './telemetry-laws.ts'
import { valueLaws } from './value-laws.ts'

export type { Conditions, Peer, SinkConditions, Skip, SourceConditions, SourceValues } from './conditions.ts'
export type { Law } from './law.ts'
export { recordsIn } from './records-in.ts'
export type { LawResult, SuiteResult } from './report.ts'
export { Subject } from './subject.ts'

/** Every law, by number. */
export const laws: readonly Law[] = [
  ...connectionLaws,
  ...sourceLaws,
  ...sinkLaws,
  ...valueLaws,
  ...schemaLaws,
  ...telemetryLaws,
].sort((left, right) => left.number - right.number)

export interface Trial {
  readonly peer: Peer
  /** Called once for each law; disposed after it. */
  setup(): Promise<Conditions>
  readonly skips?: readonly Skip[]
  /** Which laws to try; all unless the connector is tried in several ways (as objects, as rows). */
  readonly parts?: readonly Law['part'][]
}

/**
 * Registers one test per law that applies to what the connector declares. Call it from a test file of the connector:
 *
 *   conformance(memory, { peer: { kind: 'in process', name: 'memory' }, setup: async () => ({ … }) })
 */
export function conformance(connector: Connector, trial: Trial): void {
  const parts = trial.parts ?? ['connection', 'source', 'sink']
  const chosen = laws.filter((law) => parts.includes(law.part) && law.applies(connector))
  const report = new Report(connector, trial.peer)
  describe(`${connector.type} keeps the laws of connectors (${trial.peer.kind}: ${trial.peer.name})`, () => {
    for (const skip of trial.skips ?? []) requireUsefulSkip(skip, chosen)
    for (const law of chosen) {
      const name = `LAW-${law.number} ${law.title}`
      const skip = trial.skips?.find((candidate) => candidate.law === law.number)
      if (skip === undefined)
        test(name, { timeout: 120_000 }, (context) => runLaw({ connector, trial, law, report }, context))
      else {
        report.add(law.number, { result: 'skipped', reason: skip.reason, instead: skip.replacement })
        test(name, { skip: `${skip.reason}; instead: ${skip.replacement}` })
      }
    }
    test('the results are those of conformance.json', (context) => {
      if (report.size < chosen.length) return context.diagnostic('not all laws were tried, or one is broken')
      assert.equal(report.compare(), null)
    })
  })
}

async function runLaw(
  { connector, trial, law, report }: { connector: Connector; trial: Trial; law: Law; report: Report },
  context: TestContext,
): Promise<void> {
  const reason = await tryLaw(connector, law, async () => {
    const conditions = await trial.setup()
    report.addLimits(conditions)
    return conditions
  })
  if (typeof reason !== 'string') return report.add(law.number, { result: 'passed' })
  report.add(law.number, { result: 'not applicable', reason })
  context.diagnostic(`not applicable: ${reason}`)
}

/** Runs one law in fresh conditions and throws when it is broken; answers with a reason when nothing could be tried. */
export async function tryLaw(connector: Connector, law: Law, setup: () => Promise<Conditions>): Promise<string | void> {
  await using conditions = await setup()
  return await law.run(new Subject(connector, conditions))
}

function requireUsefulSkip(skip: Skip, chosen: readonly Law[]): void {
  if (skip.reason.trim() === '' || skip.replacement.trim() === '')
    throw new Error(`the skip of law ${skip.law} needs a reason and a replacement`)
  if (!chosen.some((law) => law.number === skip.law))
    throw new Error(`law ${skip.law} does not apply here, so its skip is out of date`)
}
export { FakeClock } from './fake-clock.ts'
export { decodeRows, encodeRows, jsonOf, parseDelimited } from './encode-rows.ts'
export { canonicalText, sameValue } from './same-value.ts'
export {
  differenceOf,
  valueCases,
  valueRows,
  valueSchema,
  type Difference,
  type Differences,
  type ValueCase,
} from './values.ts'

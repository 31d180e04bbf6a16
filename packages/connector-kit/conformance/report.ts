import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Connector } from '../src/index.ts'
import type { Conditions, Peer } from './conditions.ts'

export type Result = 'passed' | 'skipped' | 'not applicable'

/** What became of one law; `reason` for what was not tried, `instead` for the test that takes its place. */
export interface LawResult {
  readonly result: Result
  readonly reason?: string
  readonly instead?: string
}

/** One run of the suite, as `conformance.json` beside the connector keeps it; from these files `docs/conformance.md` is made. */
export interface SuiteResult {
  /** The test file. */
  readonly from: string
  readonly connector: string
  readonly peer_kind: Peer['kind']
  readonly peer: string
  readonly laws: Readonly<Record<string, LawResult>>
  /** What the destination (law 11, 12) or the source (law 23) declares that it cannot hold, and why. */
  readonly limits: Readonly<Record<string, string>>
}

/** Collects what the laws of one run of the suite found, and holds it against the committed file. */
export class Report {
  readonly #laws: Record<string, LawResult> = {}
  #limits: Readonly<Record<string, string>> = {}
  readonly #connector: Pick<Connector, 'type'>
  readonly #peer: Peer
  readonly #testFile: string

  /** `testFile` is the one that runs: node gives each a process of its own. */
  constructor(connector: Pick<Connector, 'type'>, peer: Peer, testFile = process.argv[1] ?? '') {
    this.#connector = connector
    this.#peer = peer
    this.#testFile = testFile
  }

  add(law: number, found: LawResult): void {
    this.#laws[law] = found
  }

  addLimits(conditions: Pick<Conditions, 'source' | 'sink'>): void {
    this.#limits = limitsOf(conditions)
  }

  /** How many laws were told of: fewer than were chosen when some failed, or were left out by a pattern. */
  get size(): number {
    return Object.keys(this.#laws).length
  }

  /**
   * Null when the file beside the connector says the same; else what to do. With `LEAT_CONFORMANCE=write` it writes. Only connectors that
   * stand in a folder with a `package.json` have such a file.
   */
  compare(write = process.env['LEAT_CONFORMANCE'] === 'write'): string | null {
    const folder = dirname(dirname(this.#testFile))
    if (basename(dirname(this.#testFile)) !== 'test' || !existsSync(join(folder, 'package.json'))) return null
    const file = join(folder, 'conformance.json')
    const all = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as readonly SuiteResult[]) : []
    const own = this.#result()
    const isOwn = ({ from, connector, peer }: SuiteResult): boolean =>
      from === own.from && connector === own.connector && peer === own.peer
    const known = all.find(isOwn)
    if (JSON.stringify(known) === JSON.stringify(own)) return null
    if (write) {
      const others = all.filter((candidate) => !isOwn(candidate))
      writeFileSync(file, `${JSON.stringify([...others, own].toSorted(byName), null, 2)}\n`)
      return null
    }
    return `${folder}/conformance.json ${known === undefined ? 'does not know this run' : 'tells another result'}. Run LEAT_CONFORMANCE=write node --test ${this.#testFile}, then npm run generate, and commit both. Now it is: ${JSON.stringify(own)}`
  }

  #result(): SuiteResult {
    return {
      from: basename(this.#testFile),
      connector: this.#connector.type,
      peer_kind: this.#peer.kind,
      peer: this.#peer.name,
      laws: this.#laws,
      limits: this.#limits,
    }
  }
}

function byName(left: SuiteResult, right: SuiteResult): number {
  const key = ({ connector, peer, from }: SuiteResult): string => `${connector} ${peer} ${from}`
  return key(left).localeCompare(key(right), 'en')
}

function limitsOf({ source, sink }: Pick<Conditions, 'source' | 'sink'>): Readonly<Record<string, string>> {
  const limits: Record<string, string> = {}
  const sides = [
    ['writes', sink?.differences],
    ['reads', source?.values?.differences],
  ] as const
  for (const [side, differences] of sides)
    for (const [key, difference] of Object.entries(differences ?? {})) {
      const how =
        'refused' in difference ? `refuses the ${difference.refused}` : `keeps ${JSON.stringify(difference.shown)}`
      limits[`${side} ${key}`] = `${how}: ${difference.because}`
    }
  for (const [change, because] of Object.entries(sink?.refusedChanges ?? {})) limits[`schema ${change}`] = because
  return limits
}

/**
 * node tools/generate-conformance.ts
 *
 * Writes docs/conformance.md: which connector keeps which law on which peer, from the `conformance.json` that each connector's run of the suite is held
 * against; what connectors say that they cannot hold; and the planted defects that show that each law can catch something.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { connectionMutants } from '../connectors/memory/test/connection-mutants.ts'
import { sinkMutants } from '../connectors/memory/test/sink-mutants.ts'
import { sourceMutants } from '../connectors/memory/test/source-mutants.ts'
import { valueMutants } from '../connectors/memory/test/value-mutants.ts'
import { laws, type LawResult, type SuiteResult } from '../packages/connector-kit/conformance/index.ts'

const root = path.resolve(import.meta.dirname, '..')
const results = globSync(['connectors/*/conformance.json', 'apps/server/conformance.json'], { cwd: root })
  .toSorted()
  .flatMap((file) => JSON.parse(readFileSync(path.join(root, file), 'utf8')) as readonly SuiteResult[])
const mutants = [...connectionMutants, ...sourceMutants, ...sinkMutants, ...valueMutants]
const marks: Readonly<Record<LawResult['result'], string>> = { passed: '✔', skipped: 'other', 'not applicable': '–' }

const page = `<!-- Generated from the conformance.json of each connector; do not edit. -->

# Laws of connectors: what was tried, and on what

Every connector runs one suite; what it declares decides which laws apply. The test of a connector fails when its results are not those that stand here.

- **Peer**: a \`real server\` is proof. An \`emulator\` is the vendor's own stand-in, a \`protocol fake\` is ours or a third party's: they show that the connector
  speaks as the documentation says. \`in process\`: there is nothing outside.
- ✔ kept · **other**: another test keeps the promise, named below · – the connector has not the optional ability that the law is about · empty: the law is not about it.

${table(['Connector', 'Peer', ...laws.map(({ number }) => String(number))], results.map(row))}

## The laws, and the defects that they catch

Each law is tried on connectors with one planted defect, and must fail there (\`PROMISE-LAWS-CATCH\` in [promises](promises.md)).

${table(
  ['Law', 'What holds', 'Planted defects that it catches'],
  laws.map(({ number, title }) => [
    String(number),
    title,
    mutants
      .filter(({ law }) => law === number)
      .map(({ defect }) => defect)
      .join('; '),
  ]),
)}

## Not tried, or tried elsewhere

${table(['Connector', 'Peer', 'Law', 'Why', 'Instead'], results.flatMap(untried))}

## What connectors cannot hold

Each line is checked by the suite: the value is refused, or kept in the form that is said, and never changed in silence.

${limits()}
`

writeFileSync(path.join(root, 'docs/conformance.md'), page)

function row({ connector, peer, peer_kind, laws: found }: SuiteResult): readonly string[] {
  const cells = laws.map(({ number }) => {
    const result = found[String(number)]?.result
    return result === undefined ? '' : marks[result]
  })
  return [`\`${connector}\``, `${peer_kind}: ${peer}`, ...cells]
}

function untried({ connector, peer, laws: found }: SuiteResult): readonly (readonly string[])[] {
  return Object.entries(found)
    .filter(([, { result }]) => result !== 'passed')
    .map(([number, { reason = '', instead = '' }]) => [`\`${connector}\``, peer, number, reason, instead])
}

function limits(): string {
  const rows = results.flatMap(({ connector, peer, limits: all }) =>
    Object.entries(all).map(([what, how]) => [`\`${connector}\``, peer, what, how]),
  )
  return rows.length === 0
    ? 'Nothing yet: the connectors of today move bytes.'
    : table(['Connector', 'Peer', 'What', 'How'], rows)
}

/** As the formatter writes tables: columns of one width. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows].map((cells) => cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')))
  const widths = head.map((_, index) => Math.max(3, ...all.map((cells) => widthOf(cells[index] ?? ''))))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, index) => cell + ' '.repeat((widths[index] ?? 0) - widthOf(cell))).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  const [first = [], ...others] = all
  return [line(first), rule, ...others.map(line)].join('\n')
}

/** The marks of the table are one column wide, like everything else in it. */
function widthOf(text: string): number {
  return [...text].length
}

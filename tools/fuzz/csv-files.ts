import type { Piece } from './fuzz-file.ts'
import type { Ids, Text } from './json-files.ts'
import { order, type Order } from './orders.ts'
import type { Random } from './random.ts'

const columns = ['id', 'long', 'name', 'amount', 'paid'] as const

interface Style {
  readonly delimiter: string
  readonly ending: string
}

/** Cells of a record; only names are quoted, and no quoted cell begins with the delimiter or a line end. */
function cells(random: Random, value: Order, { delimiter }: Style): string[] {
  return columns.map((column) => {
    const text = column === 'name' ? (JSON.parse(value.name) as string) : value[column]
    if (column !== 'name') return text
    const needed = text.includes(delimiter) || /["\r\n]/.test(text)
    return needed || random.chance(0.3) ? `"${text.replaceAll('"', '""')}"` : text
  })
}

function good(random: Random, id: number, style: Style): Piece {
  const value: Record<string, string> = { ...order(random, id) }
  const written = cells(random, value as Order, style)
  if (random.chance(0.15)) {
    const gone = random.between(1, 4)
    written[gone] = ''
    delete value[columns[gone]!]
  }
  return { text: Buffer.from(written.join(style.delimiter)), fate: 'arrives', value, what: 'good' }
}

const wrongCells: readonly (readonly [column: number, cell: string])[] = [
  [0, 'seven'],
  [0, '8.7'],
  [0, '9223372036854775808'],
  [0, '1e400'],
  [1, '0x10'],
  [1, '1,5'],
  [3, '12.505'],
  [3, 'EUR 5'],
  [3, '9'.repeat(60)],
  [4, 'yes'],
  [4, '1'],
]

function bad(random: Random, ids: Ids, style: Style): Piece {
  const id = ids.next()
  const written = cells(random, { ...order(random, id), name: `"plain#${id}"` }, style)
  const { delimiter } = style
  const refused = (what: string, text: string | Buffer, ...codes: string[]): Piece => ({
    text: Buffer.from(text),
    fate: 'refused',
    codes,
    what,
  })
  switch (random.between(0, 6)) {
    case 0: {
      const [column, cell] = random.pick(wrongCells.filter(([, text]) => !text.includes(delimiter)))
      written[column] = cell
      return refused(`wrong type ${cell}`, written.join(delimiter), 'csv.type_mismatch')
    }
    case 1:
      return refused('too few fields', written.slice(0, random.between(2, 4)).join(delimiter), 'csv.wrong_field_count')
    case 2:
      return refused(
        'too many fields',
        [...written, 'more', 'x'].slice(0, random.between(6, 7)).join(delimiter),
        'csv.wrong_field_count',
      )
    case 3:
      written[2] = `"closed"behind#${id}`
      return refused('text behind a quote', written.join(delimiter), 'csv.broken_quote')
    case 4: {
      const [before, after] = [written.slice(0, 2).join(delimiter), written.slice(3).join(delimiter)]
      const byte = Buffer.from([random.pick([0xff, 0xe4, 0x80, 0xc0])])
      return refused(
        'wrong encoding',
        Buffer.concat([Buffer.from(`${before}${delimiter}na`), byte, Buffer.from(`me${delimiter}${after}`)]),
        'utf8.invalid',
      )
    }
    case 5: {
      // Only the next quote shows that this one was never closed: what lies between goes with it.
      const other = cells(random, { ...order(random, ids.next()), name: '"quoted"' }, style)
      other[2] = '"quoted"'
      written[2] = `"open#${id}`
      return refused(
        'quote that is never closed',
        `${written.join(delimiter)}${style.ending}${other.join(delimiter)}`,
        'csv.broken_quote',
      )
    }
    default:
      written[0] = `1${delimiter}`
      return refused('one field more', written.join(delimiter), 'csv.wrong_field_count')
  }
}

/** The last record of a file opens a quote: the records of the next file must not be drawn into it. */
function neverClosed(random: Random, id: number, style: Style): Piece {
  const written = cells(random, { ...order(random, id), name: '"plain"' }, style)
  written[2] = `"open#${id}`
  return {
    text: Buffer.from(written.join(style.delimiter)),
    fate: 'refused',
    codes: ['csv.broken_quote'],
    what: 'open quote at the end',
  }
}

/** Delimited text with a header. */
export function csvText(random: Random, ids: Ids, options: { readonly onlyText?: boolean } = {}): Text {
  const usual = random.chance(0.6)
  const style: Style = usual
    ? { delimiter: ',', ending: '\n' }
    : { delimiter: random.pick([',', ';', '\t', '|']), ending: random.pick(['\n', '\r\n']) }
  const badness = random.pick([0, 0.02, 0.1, 0.3])
  const pieces: Piece[] = []
  for (let at = random.pick([2, 10, 60, 200]); at > 0; at--) {
    // The first records tell how the file is written.
    const piece =
      pieces.length > 3 && random.chance(badness) ? bad(random, ids, style) : good(random, ids.next(), style)
    if (options.onlyText !== true || piece.codes?.includes('utf8.invalid') !== true) pieces.push(piece)
  }
  if (badness > 0 && random.chance(0.2)) pieces.push(neverClosed(random, ids.next(), style))
  const lines = [columns.join(style.delimiter), ...pieces.map((piece) => piece.text)]
  const parts = lines.flatMap((line) => [
    Buffer.from(line),
    Buffer.from(random.chance(0.02) ? style.ending.repeat(2) : style.ending),
  ])
  if (random.chance(0.2)) parts.pop()
  return { text: Buffer.concat(parts), pieces, what: `csv with ${JSON.stringify(style.delimiter)}, ${badness} bad` }
}

/** A header that names other columns than the records have. */
export function lyingCsv(random: Random, ids: Ids): Text {
  const count = random.between(1, 30)
  const style: Style = { delimiter: ',', ending: '\n' }
  const kind = random.pick(['one column more', 'one column less', 'another name', 'no header'])
  const header = {
    'one column more': [...columns, 'more'],
    'one column less': columns.slice(0, 4),
    'another name': ['id', 'long', 'nom', 'amount', 'paid'],
    'no header': ['0', '0', 'text', '0.5', 'true'],
  }[kind]!
  const codes = kind.startsWith('one') ? ['csv.wrong_field_count'] : ['csv.unknown_field']
  const pieces = Array.from({ length: count }, (): Piece => {
    const id = ids.next()
    const row = cells(random, { ...order(random, id), name: `"plain#${id}"` }, style)
    return { text: Buffer.from(row.join(',')), fate: 'refused', codes, what: kind }
  })
  const text = [header.join(','), ...pieces.map((piece) => piece.text.toString())].join('\n')
  return { text: Buffer.from(`${text}\n`), pieces, what: `csv, ${kind} in the header` }
}

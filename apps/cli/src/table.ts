import { cell } from './format.ts'

export interface Column<T> {
  readonly title: string
  readonly of: (row: T) => unknown
  readonly right?: boolean
  /** Longest cell; the last column usually gets more. */
  readonly longest?: number
}

/** Lines of a table: a head, then a line for each row. Columns without any value are left out. */
export function table<T>(rows: readonly T[], columns: readonly Column<T>[]): string[] {
  const filled = columns
    .map((column) => ({ column, cells: rows.map((row) => cell(column.of(row), column.longest)) }))
    .filter(({ cells }) => cells.some((text) => text !== ''))
    .map((each) => ({ ...each, width: Math.max(width(each.column.title), ...each.cells.map(width)) }))
  const line = (textOf: (index: number) => string) =>
    filled
      .map(({ column, width: wide }, index) => pad(textOf(index), wide, column.right ?? false))
      .join('  ')
      .trimEnd()
  return [
    line((index) => filled[index]?.column.title ?? ''),
    ...rows.map((_row, row) => line((index) => filled[index]?.cells[row] ?? '')),
  ]
}

function pad(text: string, wide: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, wide - width(text)))
  return right ? space + text : text + space
}

/** Columns on the terminal: CJK and emoji take two, marks none. */
function width(text: string): number {
  let columns = 0
  for (const char of text.normalize('NFC')) columns += columnsOf(char)
  return columns
}

function columnsOf(char: string): number {
  if (/\p{Mark}|\u200d|\ufe0f/u.test(char)) return 0
  return /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(
    char,
  )
    ? 2
    : 1
}

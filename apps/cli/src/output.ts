import { stringifyJson } from '@leat/sdk'
import { type Column, table } from './table.ts'

/** Where a command writes; tests hand in their own. */
export interface Streams {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean | undefined }
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean | undefined }
}

/** Results of a command: tables for people, JSON for programs. */
export class Output {
  readonly json: boolean
  readonly streams: Streams

  constructor(streams: Streams, json: boolean) {
    this.streams = streams
    this.json = json
  }

  /** The result as one JSON document, or as a table with `empty` when there are no rows. */
  list<T>(rows: readonly T[], columns: readonly Column<T>[], empty: string): void {
    if (this.json) this.value(rows)
    else if (rows.length === 0) this.line(empty)
    else for (const line of table(rows, columns)) this.line(line)
  }

  /** One JSON line. */
  value(value: unknown): void {
    this.streams.stdout.write(`${stringifyJson(value)}\n`)
  }

  line(text = ''): void {
    this.streams.stdout.write(`${text}\n`)
  }

  /** About the command itself, not its result. */
  note(text: string): void {
    this.streams.stderr.write(`${text}\n`)
  }
}

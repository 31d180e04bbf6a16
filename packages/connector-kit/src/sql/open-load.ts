import { createHash, randomUUID } from 'node:crypto'
import type { Batch, BatchForm, EncodedFile, Rejection, WriterRequest } from '../contract.ts'
import { toFault } from '../faults.ts'
import type { OpenLoading, OpenSession, SqlDatabase, SqlLoading } from './database.ts'
import { DeliveryLedger } from './delivery-ledger.ts'
import { quoteName } from './dialect.ts'
import { moveStatements, ordinalColumn } from './merge-sql.ts'
import { tableOf } from './prepared-table.ts'
import { RowJudge } from './refuse-rows.ts'
import { createStage, newStageName, rowsAsFile, stageColumns } from './stage-table.ts'
import { quoteTable, showTable, type Table, type TablePath } from './table.ts'
import type { TablePlan } from './table-plan.ts'

/** What a writer knows of its delivery. */
export interface LoadWork {
  readonly db: SqlDatabase
  readonly loading: SqlLoading
  readonly request: WriterRequest
  readonly plan: TablePlan
  readonly table: Table
}

/** Name of a delivery in the sessions that keep its transactions open. */
export function ownerOf(db: SqlDatabase, request: WriterRequest): string {
  const table = showTable(tableOf(db, request.options))
  return createHash('sha256').update(`${request.id}:${table}`).digest('hex').slice(0, 16)
}

/**
 * Rows that are only added, in an open transaction: each is written once, nobody sees it before the token is in the same transaction, and a death at any
 * moment undoes it. Two thirds of the time of staging and moving.
 */
export class OpenLoad implements AsyncDisposable {
  readonly form: BatchForm
  readonly #work: LoadWork
  readonly #open: OpenLoading
  #session: OpenSession | null = null
  #held: { readonly id: string; rows: number } | null = null

  /** Null where rows must be staged: they replace others, change their type on the way, or the database would change the statement. */
  static for(work: LoadWork): OpenLoad | null {
    const { plan, table, loading } = work
    const straight = plan.keys.length === 0 && plan.columns.every(({ staged }) => staged === null)
    return loading.open !== undefined && straight && table.loadable === true ? new OpenLoad(work, loading.open) : null
  }

  private constructor(work: LoadWork, open: OpenLoading) {
    this.#work = work
    this.#open = open
    const { files: _, ...form } = work.loading.form
    this.form = { ...form, streamed: true }
  }

  /** At full speed first; only when a row does not fit, beside the table and row by row. */
  async write(batch: Batch, offered: number): Promise<Rejection[]> {
    const session = await this.#begun()
    const { plan, db } = this.#work
    let rejected: Rejection[] = []
    try {
      await session.transaction(async () => {
        const columns = plan.columns.map(({ name }) => quoteName(db.dialect, name))
        await this.#load(session, plan.table, columns, this.#files(batch, this.form), false)
        if (db.dialect.checkDeferred !== undefined) await session.execute(db.dialect.checkDeferred)
      })
    } catch (thrown) {
      const closer = toFault(thrown).kind === 'data' ? await this.#positioned(batch) : null
      if (closer === null) throw thrown
      rejected = await this.#sift(session, closer)
    }
    this.#held!.rows += offered - rejected.length
    return rejected
  }

  /** The token of what was written since the last one, whose rows are in the open transaction; null: nothing was. */
  get held(): string | null {
    return this.#held?.id ?? null
  }

  /** The token in the transaction of its rows, under the lock of the sink's row. Throws `fenced`, or a `transient` fault: then the ledger knows. */
  async commit(): Promise<void> {
    const { db, request, plan } = this.#work
    const [session, held] = [this.#session!, this.#held!]
    const ledger = new DeliveryLedger(db.dialect, session, request.id, plan.table)
    this.#held = null
    try {
      await ledger.hold(request.epoch)
      await ledger.note(held.id, held.rows)
      await session.commit()
    } catch (thrown) {
      await this.abandon()
      throw thrown
    }
  }

  /** Nothing of what is held will be visible. */
  async abandon(): Promise<void> {
    const session = this.#session
    this.#session = this.#held = null
    await session?.[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.abandon()
  }

  async #begun(): Promise<OpenSession> {
    const { db, request } = this.#work
    this.#session ??= await this.#open.session(ownerOf(db, request), request.epoch, request.signal)
    if (this.#held === null) {
      await this.#session.begin()
      this.#held = { id: randomUUID(), rows: 0 }
    }
    return this.#session
  }

  /** Finds the rows that do not fit, and moves the others. All inside of the open transaction: nothing is left of a writer that dies. */
  async #sift(session: OpenSession, files: readonly EncodedFile[]): Promise<Rejection[]> {
    const { db, plan, table, request } = this.#work
    const { dialect } = db
    const upsertNulls = request.options['upsert.nulls'] !== false
    const beside = (): TablePath => ({ ...plan.table, name: newStageName(dialect, request.id, request.epoch) })
    const [texts, stage] = [beside(), beside()]
    const judge = new RowJudge(db, session, plan, upsertNulls)
    await createStage(db, session, plan, texts, true)
    await createStage(db, session, plan, stage, false)
    await this.#load(session, texts, stageColumns(dialect, plan), files, true)
    const rejected = [...(await judge.sift(texts, stage)), ...(await judge.judge(stage, table))]
    for (const statement of moveStatements(dialect, plan, stage, { upsertNulls })) await session.execute(statement)
    for (const made of [texts, stage]) await session.execute(dialect.ddl.dropTable(quoteTable(dialect, made)))
    return rejected
  }

  #load(
    session: OpenSession,
    stage: TablePath,
    columns: readonly string[],
    files: readonly EncodedFile[],
    asText: boolean,
  ) {
    return this.#work.loading.load(session, { stage, columns, files, asText, signal: this.#work.request.signal })
  }

  #files(batch: Batch, form: BatchForm): readonly EncodedFile[] {
    return batch.kind === 'files' ? batch.files : [rowsAsFile(batch, form)]
  }

  async #positioned(batch: Batch): Promise<readonly EncodedFile[] | null> {
    const form: BatchForm = { ...this.#work.loading.form, files: 1, ordinal: ordinalColumn }
    if (batch.kind === 'rows') return this.#files(batch, form)
    return (await batch.again?.(form))?.files ?? null
  }
}

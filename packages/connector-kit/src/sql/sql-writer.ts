import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Batch, BatchForm, EncodedFile, Rejection, Token, Writer, WriterRequest } from '../contract.ts'
import { Fault, stagedLost, toFault } from '../faults.ts'
import type { SqlDatabase, SqlLoading, SqlSession } from './database.ts'
import type { DeliveryLedger } from './delivery-ledger.ts'
import { moveStatements, ordinalColumn } from './merge-sql.ts'
import { RowJudge } from './refuse-rows.ts'
import { createStage, epochOfStage, newStageName, rowsAsFile, stageColumns } from './stage-table.ts'
import { showTable, quoteTable, type Table, type TablePath } from './table.ts'
import { OpenLoad, ownerOf } from './open-load.ts'
import { preparedTable } from './prepared-table.ts'
import type { TablePlan } from './table-plan.ts'

/** What one `prepare` left behind: enough for any later writer to move the rows. */
const sqlToken = z.strictObject({
  id: z.string(),
  table: z.json(),
  columns: z.array(z.json()),
  keys: z.array(z.string()),
  upsert_nulls: z.boolean(),
  stages: z.array(z.strictObject({ name: z.string(), rows: z.int() })),
  /** The rows are in the open transaction of the writer that made the token. */
  open: z.literal(true).optional(),
})
type SqlToken = z.infer<typeof sqlToken>

/**
 * A writer into a SQL table. Each batch is loaded into a staging table of its own, its bad rows are found there, and `commit` moves the rows and
 * writes the token into `_leat_deliveries` in one transaction, under the lock of the sink's row, whose epoch fences older writers. Where the database
 * can, rows that are only added go straight into the table instead, in a transaction that stays open until then (see open-load.ts).
 */
export class SqlWriter implements Writer {
  readonly form: BatchForm
  readonly #db: SqlDatabase
  readonly #loading: SqlLoading
  readonly #session: SqlSession
  readonly #request: WriterRequest
  readonly #ledger: DeliveryLedger
  readonly #table: Table
  readonly #plan: TablePlan
  readonly #open: OpenLoad | null
  #stages: { name: string; rows: number }[] = []
  /** Loaded, and in no token yet. */
  #loose: TablePath[] = []

  static async open(db: SqlDatabase, loading: SqlLoading, request: WriterRequest): Promise<SqlWriter> {
    const session = await db.session(request.signal)
    try {
      await loading.open?.evict(session, ownerOf(db, request), request.epoch)
      const prepared = await preparedTable(db, session, request)
      return new SqlWriter(db, loading, session, request, prepared)
    } catch (thrown) {
      await session[Symbol.asyncDispose]()
      throw thrown
    }
  }

  private constructor(
    db: SqlDatabase,
    loading: SqlLoading,
    session: SqlSession,
    request: WriterRequest,
    prepared: { ledger: DeliveryLedger; table: Table; plan: TablePlan },
  ) {
    this.#db = db
    this.#loading = loading
    this.#session = session
    this.#request = request
    this.#ledger = prepared.ledger
    this.#table = prepared.table
    this.#plan = prepared.plan
    this.#open = OpenLoad.for({ db, loading, request, plan: prepared.plan, table: prepared.table })
    this.form = this.#open?.form ?? { ...loading.form, ordinal: ordinalColumn }
  }

  async write(batch: Batch): Promise<readonly Rejection[]> {
    const files = batch.kind === 'files' ? batch.files : [rowsAsFile(batch, this.form)]
    const offered = files.reduce((sum, file) => sum + file.rows, 0)
    if (offered === 0) return []
    if (this.#open !== null) return inOrder(await this.#unlessFenced(this.#open.write(batch, offered)))
    const judge = new RowJudge(this.#db, this.#session, this.#plan, this.#upsertNulls)
    const { stage, rejected } = await this.#load(files, judge)
    rejected.push(...(await judge.judge(stage, this.#table)))
    // An UPSERT left out earlier rows of a key; otherwise the staging table has what was not refused, and `commit` checks it.
    const rows = this.#plan.keys.length > 0 ? await this.#count(stage) : offered - rejected.length
    this.#stages.push({ name: stage.name, rows })
    return inOrder(rejected)
  }

  /** A later writer may have ended the open session: then it is that, and no trouble of the network. */
  async #unlessFenced<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (thrown) {
      if (toFault(thrown).kind !== 'transient') throw thrown
      const reason = await this.#ledger.hold(this.#request.epoch).then(() => null, toFault)
      throw reason?.kind === 'fenced' ? reason : thrown
    }
  }

  async #count(stage: TablePath): Promise<number> {
    const [counted] = await this.#session.query(
      `SELECT count(*) AS ${this.#name('n')} FROM ${quoteTable(this.#db.dialect, stage)}`,
    )
    return Number(counted?.['n'])
  }

  /** At full speed first; only when a row does not fit, as text and row by row. */
  async #load(files: readonly EncodedFile[], judge: RowJudge): Promise<{ stage: TablePath; rejected: Rejection[] }> {
    const stage = this.#newStage()
    await createStage(this.#db, this.#session, this.#plan, stage, false)
    try {
      await this.#fill(stage, files, false)
      return { stage, rejected: [] }
    } catch (thrown) {
      if (toFault(thrown).kind !== 'data') throw thrown
    }
    await this.#drop(stage)
    await createStage(this.#db, this.#session, this.#plan, stage, false)
    const texts = this.#newStage()
    await createStage(this.#db, this.#session, this.#plan, texts, true)
    await this.#fill(texts, files, true)
    const rejected = await judge.sift(texts, stage)
    await this.#drop(texts)
    return { stage, rejected }
  }

  #fill(stage: TablePath, files: readonly EncodedFile[], asText: boolean): Promise<void> {
    const columns = stageColumns(this.#db.dialect, this.#plan)
    return this.#loading.load(this.#session, { stage, columns, files, asText, signal: this.#request.signal })
  }

  async prepare(): Promise<Token> {
    const held = this.#open?.held ?? null
    const token: SqlToken = {
      id: held ?? randomUUID(),
      table: { ...this.#plan.table },
      columns: this.#plan.columns.map(({ field, name, sqlType }) => ({
        field,
        name,
        sqlType,
      })) as unknown as SqlToken['columns'],
      keys: [...this.#plan.keys],
      upsert_nulls: this.#upsertNulls,
      stages: this.#stages,
      ...(held === null ? {} : { open: true }),
    }
    this.#stages = []
    this.#loose = []
    return token as unknown as Token
  }

  async commit(given: Token): Promise<void> {
    const token = parseToken(given)
    if (token.open === true) return await this.#commitOpen(token.id)
    const plan = this.#planOf(token)
    const stages = token.stages.filter(({ rows }) => rows > 0)
    await this.#session.transaction(async () => {
      await this.#ledger.hold(this.#request.epoch)
      if (await this.#ledger.has(token.id)) return
      for (const { name, rows } of stages) await this.#move(plan, { ...plan.table, name }, rows, token)
      await this.#ledger.note(
        token.id,
        stages.reduce((sum, { rows }) => sum + rows, 0),
      )
    })
    for (const { name } of token.stages) await this.#drop({ ...plan.table, name })
  }

  /**
   * Either this writer holds the transaction, or the ledger says how it ended: under the lock of the sink's row, which the transaction takes before it
   * ends well, so that one that is not in the ledger now never will be.
   */
  async #commitOpen(id: string): Promise<void> {
    try {
      if (this.#open?.held === id) return await this.#open.commit()
    } catch (thrown) {
      if (toFault(thrown).kind !== 'transient') throw thrown
    }
    await this.#session.transaction(async () => {
      await this.#ledger.hold(this.#request.epoch)
      if (await this.#ledger.has(id)) return
      throw stagedLost(
        'The transaction that held the rows ended with its writer, so they are delivered again. Nothing of them was visible.',
      )
    })
  }

  /** Everything or nothing: a staging table that a crash of the server emptied counts as lost, not as delivered. */
  async #move(plan: TablePlan, stage: TablePath, rows: number, token: SqlToken): Promise<void> {
    const lost = (why: string) =>
      stagedLost(
        `The staged rows ${showTable(stage)} are gone (${why}), so they are delivered again. Nothing of them was visible.`,
      )
    if ((await this.#db.describe(this.#session, stage)) === null) throw lost('the table does not exist')
    if (plan.keys.length > 0) {
      const [counted] = await this.#session.query(
        `SELECT count(*) AS ${this.#name('n')} FROM ${quoteTable(this.#db.dialect, stage)}`,
      )
      if (Number(counted?.['n']) !== rows) throw lost(`${counted?.['n']} of ${rows} rows are there`)
    }
    let moved = 0
    for (const statement of moveStatements(this.#db.dialect, plan, stage, { upsertNulls: token.upsert_nulls }))
      moved = await this.#session.execute(statement)
    if (plan.keys.length === 0 && moved !== rows) throw lost(`${moved} of ${rows} rows are there`)
  }

  async sweep(keep: readonly Token[]): Promise<void> {
    const { dialect } = this.#db
    const tokens = keep.map(parseToken)
    const kept = new Set([
      ...tokens.flatMap(({ stages }) => stages.map(({ name }) => name)),
      ...this.#loose.map(({ name }) => name),
      ...this.#stages.map(({ name }) => name),
    ])
    const { name: _, ...place } = this.#plan.table
    for (const { path } of await this.#db.list(this.#session, { ...place, limit: 100_000 })) {
      const epoch = epochOfStage(dialect, this.#request.id, path.name)
      if (epoch !== null && epoch <= this.#request.epoch && !kept.has(path.name))
        await this.#drop({ ...place, name: path.name })
    }
    await this.#ledger.forget(tokens.map(({ id }) => id))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What was prepared belongs to a token now. What was not is nobody's; a sweep finds it should this fail.
    for (const stage of this.#loose) await this.#drop(stage).catch(() => undefined)
    await this.#open?.[Symbol.asyncDispose]()
    await this.#session[Symbol.asyncDispose]()
  }

  /** The plan as it was when the token was made: the table may have more columns by now. */
  #planOf(token: SqlToken): TablePlan {
    const { types } = this.#db.dialect
    const columns = (token.columns as unknown as TablePlan['columns']).map((column) => ({
      ...column,
      notNull: false,
      staged: types.staged?.(column.sqlType, column.field.type) ?? null,
    }))
    return {
      table: token.table as unknown as TablePath,
      columns,
      keys: token.keys,
      statements: [],
      made: {},
      notes: [],
    }
  }

  #newStage(): TablePath {
    const stage = { ...this.#plan.table, name: newStageName(this.#db.dialect, this.#request.id, this.#request.epoch) }
    this.#loose.push(stage)
    return stage
  }

  async #drop(stage: TablePath): Promise<void> {
    await this.#session.execute(this.#db.dialect.ddl.dropTable(quoteTable(this.#db.dialect, stage)))
  }

  get #upsertNulls(): boolean {
    return this.#request.options['upsert.nulls'] !== false
  }

  #name(name: string): string {
    const [open, close] = this.#db.dialect.identifiers.quote
    return `${open}${name}${close}`
  }
}

function inOrder(rejected: readonly Rejection[]): readonly Rejection[] {
  return rejected.toSorted((left, right) => left.index - right.index)
}

function parseToken(token: Token): SqlToken {
  const parsed = sqlToken.safeParse(token)
  if (parsed.success) return parsed.data
  throw new Fault({
    kind: 'bug',
    code: 'sql.token_invalid',
    message: `The token of a delivery is not one of a SQL destination: ${z.prettifyError(parsed.error)}`,
  })
}

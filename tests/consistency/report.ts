import type { KillFigures } from './random-kills.ts'
import type { Outcome } from './scenario.ts'

export interface Figures {
  readonly outcomes: readonly Outcome[]
  readonly kills: KillFigures[]
  /** A part that came to no end. */
  broken?: string
}

/** The table at the end, and whether nothing was found. */
export function report({ outcomes, kills, broken }: Figures): { readonly text: string; readonly ok: boolean } {
  const clean = outcomes.filter(({ defect }) => defect === undefined)
  const planted = outcomes.filter(({ defect }) => defect !== undefined)
  const failed = outcomes.filter(({ findings }) => findings.length > 0)
  const lines: string[] = ['']
  if (outcomes.length > 0) {
    const records = clean.reduce((sum, { verdict }) => sum + (verdict?.expected ?? 0), 0)
    lines.push(`${clean.length} scenarios, ${records} records judged: ${clean.length - among(failed, clean)} clean`)
    lines.push(`${planted.length} planted defects: ${planted.length - among(failed, planted)} caught`, '')
  }
  const rows = kills.map((one) => [
    one.shape,
    String(one.kills.worker + one.kills.server + one.kills.postgres + one.kills.destination),
    `${one.kills.worker} / ${one.kills.server} / ${one.kills.postgres} / ${one.kills.destination}`,
    String(one.records),
    String(one.verdict.expected),
    String(one.verdict.lost.length),
    String(one.verdict.doubled.length),
    String(one.verdict.altered.length + one.verdict.misplaced.length + one.verdict.foreign.length),
    `${one.operations.done} / ${one.operations.refused} / ${one.operations.unknown}`,
    `${one.slowestSeconds.toFixed(1)} s`,
    `${one.medianSeconds.toFixed(1)} s`,
    `${one.seconds.toFixed(0)} s`,
  ])
  const heads = [
    'shape',
    'kills',
    'worker / server / postgres / destination',
    'records',
    'due',
    'lost',
    'doubled',
    'wrong',
  ]
  heads.push('requests done / refused / unknown', 'slowest recovery', 'median', 'took')
  if (rows.length > 0) lines.push(...table([heads, ...rows]), '')
  for (const { shape, findings } of kills) lines.push(...findings.map((finding) => `✖ ${shape}: ${finding}`))
  for (const { where, scenario, defect, findings } of failed)
    lines.push(
      `✖ ${where === undefined ? '' : `${where}: `}${scenario}${defect === undefined ? '' : `, planted: ${defect}`}: ${findings[0]?.split('\n')[0]}`,
    )
  if (broken !== undefined) lines.push(`✖ ${broken}`)
  const ok = failed.length === 0 && broken === undefined && kills.every(({ findings }) => findings.length === 0)
  lines.push(ok ? 'Nothing was lost, doubled or altered.' : 'Something was found, see above.')
  return { text: lines.join('\n'), ok }
}

function among(some: readonly Outcome[], all: readonly Outcome[]): number {
  return some.filter((one) => all.includes(one)).length
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  return [line(rows[0]!), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.slice(1).map(line)]
}

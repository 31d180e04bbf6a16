import { Fault } from '@leat/connector-kit'
import { Cron } from 'croner'

/** A parsed `start.cron`. Times are UTC. */
export interface Schedule {
  /** First time strictly after `after`, or null when the schedule is over (a year in the past). */
  next(after: Date): Date | null
  /** For people: `Quartz, UTC: second 0, minute 50, hour 18, day of month 1, every month`. */
  describe(): string
}

interface FieldRule {
  readonly title: string
  readonly max: number
}

const second: FieldRule = { title: 'second', max: 59 }
const minute: FieldRule = { title: 'minute', max: 59 }
const hour: FieldRule = { title: 'hour', max: 23 }
const dayOfMonth: FieldRule = { title: 'day of month', max: 31 }
const month: FieldRule = { title: 'month', max: 12 }
const unixWeekday: FieldRule = { title: 'day of week', max: 7 }
const quartzWeekday: FieldRule = { title: 'day of week', max: 7 }
const year: FieldRule = { title: 'year', max: 2199 }

const unixFields = [minute, hour, dayOfMonth, month, unixWeekday]
const quartzFields = [second, minute, hour, dayOfMonth, month, quartzWeekday, year]

const unixExample = '`30 2 * * *` (Unix: every day at 02:30 UTC)'
const quartzExample = '`0 30 2 * * ?` (Quartz with seconds: every day at 02:30 UTC)'

/**
 * Reads `start.cron`: 5 fields are Unix cron (weekdays 0–7, 0 and 7 are Sunday), 6 and 7 fields are Quartz (seconds first,
 * optional year last, `?`, weekdays 1–7 where 1 is Sunday). Both know names, ranges, lists, steps, and where it makes sense
 * `L`, `W` and `#`. Throws a `config` fault on field `start.cron`.
 */
export function parseCron(text: string): Schedule {
  const parts = text
    .trim()
    .split(/\s+/)
    .filter((part) => part !== '')
  const unix = parts.length === 5
  if (!unix && parts.length !== 6 && parts.length !== 7) {
    throw wrong(
      text,
      `it has ${parts.length} ${parts.length === 1 ? 'field' : 'fields'}; Unix cron has 5, Quartz 6 or 7`,
    )
  }
  const rules = unix ? unixFields : quartzFields
  const rewritten = parts.map((part, index) => rewriteField(part, rules[index] as FieldRule, text))
  if (!unix && parts[3] === '?' && parts[5] === '?') {
    throw wrong(text, 'day of month and day of week cannot both be "?"')
  }
  const cron = compile(rewritten.join(' '), unix, text)
  return {
    next: (after) => cron.nextRun(after),
    describe: () => describe(parts, rules, unix),
  }
}

function compile(pattern: string, unix: boolean, text: string): Cron {
  try {
    // `alternativeWeekdays` is croner's name for Quartz numbers: 1 is Sunday.
    const mode = unix ? '5-part' : '6-or-7-parts'
    return new Cron(pattern, { timezone: 'UTC', mode, alternativeWeekdays: !unix, paused: true })
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error)
    throw wrong(text, reason.charAt(0).toLowerCase() + reason.slice(1).replace(/\.$/, ''), error)
  }
}

/** What Quartz allows and croner does not: `?`, `5/10` (from 5 on), weekday ranges over the end of the week, a lone weekday `L`. */
function rewriteField(part: string, rule: FieldRule, text: string): string {
  if (part === '?') {
    if (rule !== dayOfMonth && rule.title !== 'day of week') {
      throw wrong(text, `"?" may stand for the day of month or the day of week, not for the ${rule.title}`)
    }
    return '*'
  }
  return part
    .split(',')
    .map((item) => rewriteItem(item, rule, text))
    .join(',')
}

function rewriteItem(item: string, rule: FieldRule, text: string): string {
  if (rule === quartzWeekday) {
    if (/^l$/i.test(item)) return '7'
    const outside = item
      .match(/\d+/g)
      ?.find((digits, index) => index === 0 && (Number(digits) < 1 || Number(digits) > 7))
    if (outside !== undefined && !item.startsWith('*')) {
      throw wrong(text, `day of week ${outside} is out of range: Quartz counts 1 (Sunday) to 7 (Saturday)`)
    }
  }
  const stepped = /^([0-9]+|[a-z]{3})\/([0-9]+)$/i.exec(item)
  if (stepped) return `${stepped[1]}-${rule.max}/${stepped[2]}`
  const range = /^([1-7])-([1-7])$/.exec(item)
  if (rule === quartzWeekday && range && Number(range[1]) > Number(range[2])) return `${range[1]}-7,1-${range[2]}`
  return item
}

function describe(parts: readonly string[], rules: readonly FieldRule[], unix: boolean): string {
  const words = parts.map((part, index) => {
    const title = rules[index]?.title ?? ''
    if (part === '?') return ''
    return part === '*' ? `every ${title}` : `${title} ${part}`
  })
  return `${unix ? 'Unix' : 'Quartz'}, UTC: ${words.filter((word) => word !== '').join(', ')}`
}

function wrong(text: string, reason: string, cause?: unknown): Fault {
  return new Fault({
    kind: 'config',
    code: 'schedule.cron_invalid',
    field: 'start.cron',
    message: `start.cron "${text}" is not a schedule: ${reason}. Write for example ${unixExample} or ${quartzExample}.`,
    ...(cause === undefined ? {} : { cause }),
  })
}

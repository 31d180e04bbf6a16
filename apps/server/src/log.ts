import type { Log } from '@leat/engine'
import { logLevels, type LogFormat, type LogLevel } from './settings.ts'

export interface LogSettings {
  /** Undefined: pretty on a terminal, else JSON lines. */
  readonly format: LogFormat | undefined
  readonly level: LogLevel
  /** In every line: which process says it. */
  readonly process: string
}

const colours: Record<LogLevel, number> = { debug: 90, info: 36, warn: 33, error: 31 }

/** Lines on standard error, so that standard output stays for what a command answers. One write per line: processes may share the terminal. */
export function openLog(settings: LogSettings, stream: NodeJS.WriteStream = process.stderr): Log {
  const least = logLevels.indexOf(settings.level)
  const pretty = settings.format === undefined ? stream.isTTY : settings.format === 'pretty'
  return (level, event, fields = {}) => {
    if (logLevels.indexOf(level) < least) return
    const time = new Date().toISOString()
    stream.write(
      pretty
        ? prettyLine(time, level, settings.process, event, fields, stream.isTTY)
        : `${JSON.stringify({ time, level, process: settings.process, pid: process.pid, event, ...fields })}\n`,
    )
  }
}

function prettyLine(
  time: string,
  level: LogLevel,
  who: string,
  event: string,
  fields: Readonly<Record<string, unknown>>,
  colour: boolean,
): string {
  const paint = (code: number, words: string): string => (colour ? `\x1b[${code}m${words}\x1b[0m` : words)
  const rest = Object.entries(fields)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([key, value]) => `${paint(90, `${key}=`)}${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return `${paint(90, time.slice(11, 23))} ${paint(colours[level], level.padEnd(5))} ${paint(90, who)} ${event}${rest.length > 0 ? ` ${rest.join(' ')}` : ''}\n`
}

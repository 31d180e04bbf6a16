import { isRecord } from '../json-value.ts'

const raw = JSON as typeof JSON & { isRawJSON(value: unknown): boolean }

/** A value as an XML element; lists repeat the element, null is an empty one. */
export function toXml(name: string, value: unknown): string {
  const tag = elementName(name)
  if (Array.isArray(value)) return value.map((one) => toXml(name, one)).join('')
  if (value === null || value === undefined) return `<${tag}/>`
  const inner =
    isRecord(value) && !raw.isRawJSON(value)
      ? Object.entries(value)
          .map(([key, one]) => toXml(key, one))
          .join('')
      : escapeXml(typeof value === 'string' ? value : JSON.stringify(value))
  return `<${tag}>${inner}</${tag}>`
}

/** Control characters that XML 1.0 cannot hold are replaced. */
export function escapeXml(text: string): string {
  return (
    text
      // oxlint-disable-next-line no-control-regex
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
  )
}

function elementName(name: string): string {
  const clean = name.replaceAll(/[^\p{L}\p{N}_.-]/gu, '_')
  return /^[\p{L}_]/u.test(clean) ? clean : `_${clean}`
}

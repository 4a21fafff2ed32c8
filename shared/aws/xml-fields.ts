/** The few fields that we need of STS's answers. Those are flat, with every name once, so no XML library is loaded. */

/** The text of the first element called `name`, with its entities decoded; undefined where there is none. */
export function xmlField(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]
  return text?.trim().replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (entity, decimal, hex, named) => {
    if (named) return NAMED[named as string] ?? (entity as string)
    const point = decimal ? Number(decimal) : Number.parseInt(hex as string, 16)
    return point <= 0x10ffff ? String.fromCodePoint(point) : (entity as string)
  })
}

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

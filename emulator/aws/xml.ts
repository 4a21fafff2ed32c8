/** XML, written: AWS answers in nothing else here. */

export type XmlNode = readonly [name: string, content: XmlContent]
export type XmlContent = string | number | boolean | readonly (XmlNode | undefined)[]

export function xml(name: string, content: XmlContent, namespace?: string): string {
  const attribute = namespace === undefined ? '' : ` xmlns="${namespace}"`
  return `<${name}${attribute}>${inner(content)}</${name}>`
}

function inner(content: XmlContent): string {
  return typeof content === 'object'
    ? content.map((node) => (node ? xml(node[0], node[1]) : '')).join('')
    : String(content).replace(/[&<>"'\r]/g, (character) => `&#${character.charCodeAt(0)};`)
}

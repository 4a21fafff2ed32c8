/** Which key a version holds, as people may see it. */
import { decodePayload } from '../core/payload.ts'
import type { SecretStore } from '../core/ports.ts'
import { displayKey } from '../core/redaction.ts'

/** The end of the access key id; undefined where the version cannot be read as credentials. */
export async function storedKey(
  secrets: Pick<SecretStore, 'read'>,
  version: number,
): Promise<string | undefined> {
  try {
    const { payload } = await secrets.read(version)
    return displayKey(decodePayload(payload).credentials.accessKeyId)
  } catch {
    // It is a remark on a result that stands without it.
    return undefined
  }
}

/** Keys of service accounts, as `gcloud iam service-accounts keys create` writes them. */
import type { KeyObject } from 'node:crypto'
import type { KeyFile } from '../emulator.ts'
import type { ServiceAccountSeed } from '../options.ts'
import { newSigningKey, type SigningKey } from './tokens.ts'

export class KeyFiles {
  readonly #keys = new Map<string, Promise<SigningKey>>()

  /** The key of an account, made when it is first asked for. */
  async of({ email, uniqueId, projectId }: ServiceAccountSeed): Promise<KeyFile> {
    const making = this.#keys.get(email) ?? newSigningKey()
    this.#keys.set(email, making)
    const { id, privateKey } = await making
    return {
      type: 'service_account',
      project_id: projectId,
      private_key_id: id,
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      client_email: email,
      client_id: uniqueId,
      // As in every real file. Clients are led to the emulator by their environment, not by what a file says.
      token_uri: 'https://oauth2.googleapis.com/token',
    }
  }

  async publicKey(email: string): Promise<KeyObject | undefined> {
    return (await this.#keys.get(email))?.publicKey
  }
}

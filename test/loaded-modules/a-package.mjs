/** What no request handler does: it loads a package. */
await import('zod')

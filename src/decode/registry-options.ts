import { z } from 'zod';

const address = z
  .url({ protocol: /^https?$/, error: 'expected a URL such as https://registry:8081' })
  .refine(
    (text) => !URL.canParse(text) || !new URL(text).username,
    'credentials belong into username and password, not into the URL',
  );

export const registryOptions = z
  .strictObject({
    url: address.describe('Address of the schema registry; https:// for TLS.'),
    username: z.string().min(1).optional().describe('User of basic authentication, or the key of an API key.'),
    password: z.string().min(1).optional().describe('Password; write ${NAME} to take it from the environment.'),
    timeout_ms: z
      .number()
      .int()
      .min(100)
      .max(60_000)
      .default(5000)
      .describe('How long one request may take, its answer included. Then it is asked again.'),
    schemas_max: z
      .number()
      .int()
      .min(1)
      .max(100_000)
      .default(1000)
      .describe('Schemas that are remembered; beyond, the one that was not used for longest is asked for again.'),
  })
  .describe(
    'Registry that knows the schemas of the messages (Confluent, Karapace, Apicurio). While it is down the stream waits.',
  );
export type RegistryOptions = z.output<typeof registryOptions>;

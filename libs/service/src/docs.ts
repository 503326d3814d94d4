import { existsSync, readFileSync } from 'node:fs';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

/** Swagger UI at /docs, the document at /docs-json; it is made when it is first asked for. */
export function serveDocs(app: INestApplication, service: string): void {
  const builder = new DocumentBuilder()
    .setTitle(`Larder ${service}`)
    .setDescription('The Redis layer of AI applications. Errors are RFC 9457 problems; on OpenAI paths, OpenAI errors.')
    .setVersion(packageVersion())
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'lk_<id>_<secret>',
      description: 'An API key, or the admin key',
    })
    .addSecurityRequirements('bearer');
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, builder.build()), {
    jsonDocumentUrl: 'docs-json',
    customSiteTitle: `Larder ${service}`,
  });
}

/** From the package.json above this file, which is nearer in the sources than in the build. */
function packageVersion(): string {
  for (let directory = new URL('./', import.meta.url); ; directory = new URL('../', directory)) {
    const file = new URL('package.json', directory);
    if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
    if (directory.pathname === '/') return '0.0.0';
  }
}

import { Module } from '@nestjs/common';
import { TenantsModule } from '../tenants/tenants.module.js';
import { KeysController } from './keys.controller.js';
import { KeysService } from './keys.service.js';

@Module({ imports: [TenantsModule], controllers: [KeysController], providers: [KeysService] })
export class KeysModule {}

import { Module } from '@nestjs/common';
import { TenantRepository } from './tenant.repository.js';
import { TenantsController } from './tenants.controller.js';
import { TenantsService } from './tenants.service.js';

@Module({
  controllers: [TenantsController],
  providers: [TenantsService, TenantRepository],
  exports: [TenantsService],
})
export class TenantsModule {}

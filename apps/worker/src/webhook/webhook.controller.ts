import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { Roles, validation, type Principal } from '#service';
import { TenantPrincipal } from '../job/tenant-principal.js';
import { WebhookDelivery } from './webhook-delivery.service.js';
import {
  ChangeWebhookDto,
  CreatedWebhookDto,
  CreateWebhookDto,
  RotateDto,
  SentDto,
  shownWebhook,
  WebhookDto,
  WebhookListDto,
  WebhookPathDto,
  WebhookSecretDto,
} from './webhook.dto.js';
import { WebhookService } from './webhook.service.js';

const defaultOverlapSeconds = 86_400;

/** Addresses that are told when jobs end. */
@ApiTags('webhooks')
@ApiBearerAuth()
@Roles('jobs')
@Controller('v1/webhooks')
export class WebhookController {
  constructor(
    private readonly webhooks: WebhookService,
    private readonly delivery: WebhookDelivery,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Registers an address; its secret verifies what comes there' })
  @ApiCreatedResponse({ type: CreatedWebhookDto })
  async create(
    @TenantPrincipal() { tenant }: Principal,
    @Body(validation) wanted: CreateWebhookDto,
  ): Promise<CreatedWebhookDto> {
    const endpoint = await this.webhooks.create(tenant, wanted);
    return { ...shownWebhook(endpoint), secret: endpoint.secrets[0]!.secret };
  }

  @Get()
  @ApiOperation({ summary: 'Every registered address' })
  @ApiOkResponse({ type: WebhookListDto })
  async list(@TenantPrincipal() { tenant }: Principal): Promise<WebhookListDto> {
    return { data: (await this.webhooks.list(tenant)).map(shownWebhook) };
  }

  @Get(':id')
  @ApiOkResponse({ type: WebhookDto })
  async read(@TenantPrincipal() { tenant }: Principal, @Param(validation) { id }: WebhookPathDto): Promise<WebhookDto> {
    return shownWebhook(await this.webhooks.read(tenant, id));
  }

  @Get(':id/secret')
  @ApiOperation({
    summary: 'The newest secret; that of `default` signs what goes to addresses that were never registered',
  })
  @ApiOkResponse({ type: WebhookSecretDto })
  async secret(
    @TenantPrincipal() { tenant }: Principal,
    @Param(validation) { id }: WebhookPathDto,
  ): Promise<WebhookSecretDto> {
    return { secret: (await this.webhooks.read(tenant, id)).secrets[0]!.secret };
  }

  @Post(':id/rotate')
  @HttpCode(200)
  @ApiOperation({ summary: 'Makes a new secret; the old one signs too for a while' })
  @ApiOkResponse({ type: WebhookSecretDto })
  async rotate(
    @TenantPrincipal() { tenant }: Principal,
    @Param(validation) { id }: WebhookPathDto,
    @Body(validation) { overlapSeconds = defaultOverlapSeconds }: RotateDto,
  ): Promise<WebhookSecretDto> {
    return { secret: (await this.webhooks.rotate(tenant, id, overlapSeconds)).secrets[0]!.secret };
  }

  @Post(':id/test')
  @HttpCode(200)
  @ApiOperation({ summary: 'Sends `webhook.test` there now, once, and tells what came of it' })
  @ApiOkResponse({ type: SentDto })
  async test(@TenantPrincipal() { tenant }: Principal, @Param(validation) { id }: WebhookPathDto): Promise<SentDto> {
    return this.delivery.test(await this.webhooks.read(tenant, id));
  }

  @Patch(':id')
  @ApiOperation({
    summary: 'Changes an address; `disabled: false` sends to it again after its receiver had answered 410',
  })
  @ApiOkResponse({ type: WebhookDto })
  async change(
    @TenantPrincipal() { tenant }: Principal,
    @Param(validation) { id }: WebhookPathDto,
    @Body(validation) wanted: ChangeWebhookDto,
  ): Promise<WebhookDto> {
    return shownWebhook(await this.webhooks.change(tenant, id, wanted));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse()
  async remove(@TenantPrincipal() { tenant }: Principal, @Param(validation) { id }: WebhookPathDto): Promise<void> {
    await this.webhooks.remove(tenant, id);
  }
}

import { Module } from '@nestjs/common';
import { ChannelAccess } from './channel-access.service.js';
import { ChannelController } from './channel.controller.js';
import { ChannelHub } from './channel-hub.service.js';
import { ChannelRepository } from './channel.repository.js';
import { ChannelService } from './channel.service.js';
import { ChannelSettingsController } from './channel-settings.controller.js';
import { PresenceController } from './presence.controller.js';
import { PresenceRepository } from './presence.repository.js';
import { PresenceService } from './presence.service.js';

/** Agents talk to each other: messages with replay, requests with a deadline, presence. */
@Module({
  controllers: [ChannelController, ChannelSettingsController, PresenceController],
  providers: [ChannelAccess, ChannelHub, ChannelRepository, ChannelService, PresenceRepository, PresenceService],
})
export class ChannelModule {}

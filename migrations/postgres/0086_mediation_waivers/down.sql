DROP TABLE mediation_waivers;

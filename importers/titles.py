"""What the documents that this importer reads are called: the last word of their titles, in one place."""

PLAN_NOUN = "(?:计划|要点|方案|规划|纲要|意见|安排|分工|清单|措施|举措|任务|(?:分工|分解)表)"

"""The way back of 填报表: workbooks that agencies filled in, read, held against what stands, and taken in."""
